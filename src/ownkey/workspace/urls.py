"""The addresses of the workspace; included at `/work/`."""

from django.urls import path

from ownkey.workspace.boards import views as boards

app_name = "workspace"

urlpatterns = [
    path("<slug:slug>/boards/", boards.board_list, name="board_list"),
]
