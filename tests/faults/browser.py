"""A browser without JavaScript, as far as the tests of faults need one: cookies, and forms."""

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar

from tests.connections.running import PASSWORD

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    status: int
    text: str
    address: str

    @property
    def words(self) -> str:
        """The page without its tags."""
        without = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", self.text, flags=re.DOTALL)
        return " ".join(without.replace("&#x27;", "'").split())


@dataclass(frozen=True)
class Browser:
    """Somebody's browser."""

    url: str
    cookies: CookieJar = field(default_factory=CookieJar)

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._ask(path, None)

    def post(self, path: str, *, form_at: str | None = None, **fields: str) -> Page:
        """Send the form of a page with these fields, and follow where it leads."""
        form = self.get(form_at or path).text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found is not None, form
        return self._ask(path, {"csrfmiddlewaretoken": found[1], **fields})

    def sign_in(self, email: str) -> Page:
        """Sign in with the password that everybody has."""
        return self.post("/sign-in/", login=email, password=PASSWORD)

    def _ask(self, path: str, fields: dict[str, str] | None) -> Page:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        try:
            answer = opener.open(f"{self.url}{path}", data, timeout=PATIENCE_S)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(int(answer.status or 0), answer.read().decode(), answer.url)
