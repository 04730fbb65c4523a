"""The list of boards, as Jira shows it to the person."""

from tests.faults.browser import Browser


def test_boards_are_listed_as_jira_shows_them(ada: Browser) -> None:
    page = ada.get("/work/acme/boards/")
    assert page.status == 200
    assert "Of Acme Jira, as Jira shows them to you." in page.words
    assert "scrum" in page.words
    assert page.text.rstrip().endswith("</html>")


def test_a_name_finds_a_board_or_says_that_there_is_none(ada: Browser) -> None:
    assert "Jira shows you no board with this name." in ada.get("/work/acme/boards/?name=nowhere").words


def test_content_alone_can_be_asked_for(ada: Browser) -> None:
    part = ada.get("/work/acme/boards/?part=content").text
    assert "scrum" in part
    assert "<html" not in part


def test_an_account_that_is_not_there_is_not_found(ada: Browser) -> None:
    assert ada.get("/work/nowhere/boards/").status == 404
