"""Domains and timers of a Space in its settings, as a browser without scripts uses them."""

import httpx

from spaceport.domain.custom_domain import DomainStatus

from .conftest import Hub, csrf_of


def test_domains_are_added_looked_up_and_removed(hub: Hub) -> None:
    ada = hub.user("ada")
    space = hub.space(ada, "demo")
    browser = hub.browser(ada)
    csrf = csrf_of(browser)
    path = "/spaces/ada/demo/settings"

    answer = browser.post(f"{path}/domains", data={"csrf": csrf, "domain": "Demo.Example.org"})
    assert answer.headers["location"] == f"{path}?done=repo-saved#domains"
    page = browser.get(path).text
    assert "waiting for DNS" in page
    assert "_spaceport.demo.example.org. TXT" in page

    refused = browser.post(f"{path}/domains", data={"csrf": csrf, "domain": "localhost"})
    assert (refused.status_code, 'id="domains-problem"' in refused.text) == (400, True)
    browser.post(f"{path}/domains/check", data={"csrf": csrf, "domain": "demo.example.org"})
    with hub.services.database.read() as tx:
        [domain] = tx.domains.of_space(space.id)
    assert domain.asked_at is not None
    seen = {"seen_at": domain.asked_at, "gone_at": domain.asked_at}
    for status, words in ((DomainStatus.ACTIVE, "for three more days"), (DomainStatus.SUSPENDED, "does not lead here")):
        with hub.services.database.begin() as tx:
            tx.domains.update(domain.id, status=status, **seen)
        page = browser.get(path).text
        assert words in page
        assert "Record last seen:" in page

    browser.post(f"{path}/domains/remove", data={"csrf": csrf, "domain": "demo.example.org"})
    assert "demo.example.org." not in browser.get(path).text


def test_timers_are_added_shown_and_removed(hub: Hub) -> None:
    ada = hub.user("ada")
    space = hub.space(ada, "demo")
    browser = hub.browser(ada)
    csrf = csrf_of(browser)
    path = "/spaces/ada/demo/settings"

    def send(**fields: str) -> httpx.Response:
        return browser.post(f"{path}/timers", data={"csrf": csrf, "action": "restart", **fields})

    assert send(line="0 3 * * *", zone="Europe/Berlin").status_code == 303
    assert "0 3 * * * (Europe/Berlin)" in browser.get(path).text
    refused = send(line="* * * * *", zone="UTC")
    assert (refused.status_code, "more often than every 10 minutes" in refused.text) == (400, True)

    with hub.services.database.read() as tx:
        [timer] = tx.timers.of_space(space.id)
    browser.post(f"{path}/timers/remove", data={"csrf": csrf, "timer": timer.id})
    assert "0 3 * * * (Europe/Berlin)" not in browser.get(path).text
