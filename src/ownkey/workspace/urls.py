"""The addresses of the workspace; included at `/work/`."""

from django.urls import path

from ownkey.workspace.alignment import of_others as alignment_of_others
from ownkey.workspace.alignment import views as alignment
from ownkey.workspace.boards import views as boards
from ownkey.workspace.home import views as home
from ownkey.workspace.issues import views as issues
from ownkey.workspace.operations import views as operations
from ownkey.workspace.palette import views as palette
from ownkey.workspace.search import views as search

app_name = "workspace"

urlpatterns = [
    path("", home.start, name="start"),
    path("<slug:slug>/", home.home, name="home"),
    path("<slug:slug>/projects/", home.project_list, name="project_list"),
    path("<slug:slug>/boards/", boards.board_list, name="board_list"),
    path("<slug:slug>/boards/<int:board_id>/", boards.board, name="board"),
    path("<slug:slug>/boards/<int:board_id>/cards/", boards.board_cards, name="board_cards"),
    path("<slug:slug>/boards/<int:board_id>/star/", boards.board_star, name="board_star"),
    path("<slug:slug>/boards/<int:board_id>/rule/", boards.board_rule, name="board_rule"),
    path("<slug:slug>/issues/<str:key>/", issues.issue, name="issue"),
    path("<slug:slug>/search/", search.search, name="search"),
    path("<slug:slug>/search/completion/", search.completion, name="completion"),
    path("<slug:slug>/find/", palette.issues, name="find_issues"),
    path("<slug:slug>/alignment/", alignment.alignment, name="alignment"),
    path("<slug:slug>/alignment/people/", alignment_of_others.alignment_people, name="alignment_people"),
    path(
        "<slug:slug>/alignment/people/<int:user_id>/",
        alignment_of_others.alignment_person,
        name="alignment_person",
    ),
    path("<slug:slug>/alignment/try/", alignment.alignment_try, name="alignment_try"),
    path("<slug:slug>/operations/", operations.operation_list, name="operations"),
    path("<slug:slug>/operations/try/", operations.operation_try, name="operation_try"),
    path("<slug:slug>/files/<int:attachment_id>/", issues.attachment, name="attachment"),
    path("<slug:slug>/files/<int:attachment_id>/view/", issues.preview, name="preview"),
    path("<slug:slug>/files/<int:attachment_id>/small/", issues.thumbnail, name="thumbnail"),
]
