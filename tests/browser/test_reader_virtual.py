"""The reader page and the device page in one browser: the device that a person has just held is read."""

from tests.support.browser.reader import ReaderPage
from tests.support.browser.serve import Site


def test_the_reader_reads_the_virtual_device_of_the_page(browser, files):
    with Site(dict(files)) as site, ReaderPage(browser, site, has_serial=False) as reader:
        device = reader.context.new_page()
        device.goto(f"{site.address}index.html")
        device.wait_for_selector("#help dt", timeout=60_000)
        device.keyboard.press("a", delay=60)
        device.wait_for_selector("#help:has-text('change the tag of #1')", timeout=30_000)
        reader.page.click("#connect-virtual")
        reader.page.wait_for_selector("#notice:has-text('open in another tab')", timeout=60_000)
        device.wait_for_timeout(4000)  # the tag settles, and the browser has it
        device.close()
        reader.page.evaluate("document.documentElement.dataset.busy = 'yes'")
        reader.page.click("#connect-virtual")
        assert reader.wait(seconds=90) == ""
        assert len(reader.rows()) == 1
        assert reader.saved("#save-log")[1].count(b" bookmark ") == 1
        assert not reader.complaints
