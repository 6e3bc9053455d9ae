"""What the demo tells to open."""

from adserver.commands.demo import describe
from adserver.demo.prepare import DemoAccess, Login


def test_demo_tells_what_to_open_and_with_which_login():
    login = Login("Console", "admin@demo.local", "a-b-c", "http://localhost:8000/console/")
    access = DemoAccess("http://localhost:8000/demo/", "http://localhost:8000/demo/haber/1", (login,))
    assert describe(access).splitlines() == [
        "  News site   http://localhost:8000/demo/",
        "  An article  http://localhost:8000/demo/haber/1",
        "  Console     http://localhost:8000/console/  admin@demo.local a-b-c",
    ]
