"""The report in a real browser, as its readers use it: tox -e browser."""

import shutil

import pytest

from fastpaths.bench.report import command

pytestmark = pytest.mark.browser
QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
PHONE, TABLET, DESKTOP = 375, 768, 1280
ALL_DRAWN = """() => {
  const begun = [...document.querySelectorAll("figure[data-drawn]")];
  return begun.length && begun.every((figure) => figure.querySelector("svg"));
}"""
COVERED = """() => {
  const context = document.createElement("canvas").getContext("2d");
  return [...document.querySelectorAll("td[data-label]:not(:empty)")].filter((cell) => {
    const { fontSize, fontFamily } = getComputedStyle(cell, "::before");
    context.font = `${fontSize} ${fontFamily}`;
    const value = document.createRange();
    value.selectNodeContents(cell);
    const label = cell.getBoundingClientRect().left + context.measureText(cell.dataset.label).width;
    return value.getBoundingClientRect().left < label;
  }).map((cell) => cell.dataset.label);
}"""
SHOWN = """new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => shown(performance.now()))))"""


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(everything, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert command.run([*map(str, everything), "-o", str(path)], "fastpaths report") == 0
    return path


@pytest.fixture
def opened(browser):
    """opened(path, width, **options) -> the page, which must not complain, nor ask for anything but itself."""
    contexts, complaints, requests = [], [], []

    def open_page(path, width=DESKTOP, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
    assert all(url.startswith("file:") for url in requests)
    assert len(requests) == len(contexts)


def cases(page):
    return page.locator("tr.case:visible")


def test_it_opens_and_draws_what_comes_into_view(opened, report):
    page = opened(report)
    figures = page.locator("figure:visible")
    assert figures.count() >= 4
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        figure.locator("svg").wait_for()
        assert figure.locator("svg [role=graphics-symbol], svg [aria-roledescription]").count()  # for screen readers


def test_a_search_leaves_what_it_names_and_a_baseline_stays_with_its_case(opened, report):
    page = opened(report)
    everything = cases(page).count()
    page.get_by_label("Find").fill("f[rows=10]")
    assert cases(page).locator("th").all_inner_texts() == ["f[rows=10]", "peer[rows=10]", "g/f[rows=10]"]
    assert page.locator("#found").inner_text() == f"3 of {everything} rows"
    page.get_by_label("Find").fill("")
    page.get_by_label("Verdict").select_option("regressed")
    assert cases(page).locator("th").all_inner_texts() == ["g/slower", "g/f[rows=10]"]


def test_a_case_opens_by_mouse_and_by_keyboard(opened, report):
    page = opened(report)
    button = page.get_by_role("button", name="g/slower")
    button.scroll_into_view_if_needed()
    page.wait_for_function(ALL_DRAWN)  # else it may move between the button's going down and up
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    more = page.locator(f"id={button.get_attribute('aria-controls')}")
    assert "fresh ones" in more.inner_text()
    more.locator("svg").wait_for()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "false"
    assert not more.is_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"


def test_a_link_to_a_case_opens_it(opened, report):
    page = opened(report)
    row = page.get_by_role("button", name="g/slower").locator("xpath=ancestor::tr").get_attribute("id")
    page.evaluate(f"location.hash = '{row}'")
    page.locator(f"id={row}-more").wait_for(state="visible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, TABLET, DESKTOP])
def test_nobody_is_kept_out(opened, report, width, scheme):
    """Nothing is wider than the screen, and axe finds no barrier (contrast, names, roles, order)."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened(report, width, color_scheme=scheme)
    for button in page.locator("tr.case button").all():
        button.click()
    for figure in page.locator("figure:visible").all():
        figure.scroll_into_view_if_needed()
        figure.locator("svg").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_on_a_phone_no_label_is_over_its_value(opened, report):
    page = opened(report, PHONE)
    assert page.locator("td[data-label]").count() > 20
    assert page.evaluate(COVERED) == []


def test_printed_it_is_whole_and_on_white(opened, report, tmp_path):
    page = opened(report, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("#filter").is_visible()
    page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 20_000


def test_without_scripts_the_tables_are_there(opened, report):
    page = opened(report, java_script_enabled=False)
    assert page.locator("tr.case").count() > 10
    assert "Without scripts" in page.locator("noscript").inner_text()


def test_a_thousand_cases_can_be_searched(opened, many, tmp_path):
    """How long they take to open is printed, by `tox -e browser -- -k thousand -rP`: a figure, not a condition."""
    command.run([str(many), "-o", str(tmp_path / "many.html")], "fastpaths report")
    for _ in range(3):
        page = opened(tmp_path / "many.html")
        print(f"1,000 cases: on the screen after {page.evaluate(SHOWN) / 1000:.2f} s")
        page.close()
    page = opened(tmp_path / "many.html")
    assert page.locator("#found").inner_text() == "1000 of 1000 rows"
    page.get_by_label("Find").fill("group7/ f13")
    assert cases(page).locator("th").all_inner_texts() == ["f13[rows=100]"]
