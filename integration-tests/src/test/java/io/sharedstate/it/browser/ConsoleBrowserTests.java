package io.sharedstate.it.browser;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.it.launcher.Requires;
import io.sharedstate.it.shop.Shop;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestWatcher;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** Three shops behind one port. Starting them takes longest: each test leaves them as the next one needs them. */
@Requires(
        command = "command -v chromium && command -v chromedriver",
        otherwise = "no chromium or no chromedriver on the PATH; install Debian's chromium and chromium-driver")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 4, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConsoleBrowserTests {

    private static final String HOSTILE_THREAD = "<img src=x onerror=alert(1)>";
    private static final String HOSTILE_ADDRESS = "\"><script>alert(2)</script>";

    /** What the browser says of a connection that was cut, as when a process is killed. */
    private static final String CUT = "net::ERR_";

    private static @Nullable Shops openShops;
    private static @Nullable Browser openBrowser;

    private final Shops shops = Objects.requireNonNull(openShops);
    private final Browser browser = Objects.requireNonNull(openBrowser);

    @BeforeAll
    static void start() throws IOException {
        openShops = new Shops();
        openShops.start(3);
        openBrowser = new Browser();
    }

    @AfterAll
    static void stop() throws IOException {
        if (openBrowser != null) {
            openBrowser.close();
        }
        if (openShops != null) {
            openShops.close();
        }
    }

    /** What they wrote is gone with them. */
    @RegisterExtension
    final TestWatcher watcher = new TestWatcher() {
        @Override
        public void testFailed(ExtensionContext test, @Nullable Throwable cause) {
            System.out.printf("%s: log of the instances:%n%s%n", test.getDisplayName(), shops.log());
            System.out.println("complaints of the browser: " + browser.complaints());
            try {
                browser.screenshot("failed-" + test.getRequiredTestMethod().getName());
            } catch (IOException e) {
                System.out.println("no screenshot: " + e);
            }
        }
    };

    private void openConsole() {
        browser.open(shops.address() + "/sharedstate");
        browser.awaitText("#said", "Live · answered by member \\d");
    }

    /** A cell of the row that begins with a name, by the title of its column. */
    private String cell(String section, String name, String title) {
        return (String) browser.ask("""
                const row = [...document.querySelectorAll('#' + arguments[0] + ' tbody tr')]
                    .find((row) => row.cells[0].firstChild.textContent === arguments[1]
                        || row.cells[0].querySelector('span span')?.textContent === arguments[1]);
                return row ? [...row.cells].find((cell) => cell.dataset.label === arguments[2]).textContent : ''""", section, name, title);
    }

    private int answering() {
        String said = browser.text("#said");
        return said.startsWith("Live") ? said.charAt(said.length() - 1) - '0' : -1;
    }

    private long pidOf(int member) {
        return Long.parseLong(cell("members", Integer.toString(member), "Process"));
    }

    private int anotherThan(int member, String sign) {
        for (int other = 0; other < 3; other++) {
            if (other != member
                    && cell("members", Integer.toString(other), "Life sign").equals(sign)) {
                return other;
            }
        }
        throw new AssertionError("no other member is " + sign);
    }

    private void awaitSign(int member, String sign) {
        Browser.soon(
                "member " + member + " to be " + sign,
                () -> cell("members", Integer.toString(member), "Life sign").equals(sign));
    }

    @Test
    @Order(1)
    void theFrontPageShowsSharedAndLocalNumbersDriftApart() throws IOException {
        browser.open(shops.address() + "/");
        browser.awaitText("#value", "\\d+");
        browser.click("#hits");
        Browser.soon(
                "all processes to have answered",
                () -> browser.list(
                                        "return [...document.querySelectorAll('#members tbody tr')].map((row) => row.textContent)")
                                .size()
                        == 3);
        browser.awaitText("#value", "20");
        assertThat(Integer.parseInt(browser.text("#local"))).isLessThan(20);

        browser.click("#event-concert button");
        browser.awaitText("#said", "Seat 1 of concert is Ann’s\\.");
        browser.awaitText("#event-concert span", "99 of 100 left");
        browser.awaitText("#value", "21");
        pictures("shop");
        assertThat(accessibilityProblems()).isEmpty();
        assertThat(browser.complaints()).isEmpty();

        browser.click("header a");
        browser.awaitText("#said", "Live · answered by member \\d");
    }

    @Test
    @Order(2)
    void valuesMoveWhileTheyAreLookedAt() throws Exception {
        openConsole();
        assertThat(cell("counters", "hits", "Value")).isEqualTo("21");
        assertThat(browser.ask("return document.querySelector('h1').textContent"))
                .isEqualTo("ticket-shop");
        Shop shop = shops.shop();
        for (int i = 0; i < 30; i++) {
            shop.hit();
        }
        Browser.soon(
                "the counter to move", () -> cell("counters", "hits", "Value").equals("51"));
        Browser.soon(
                "the rate to be there", () -> cell("counters", "hits", "Rate").matches("[1-9][\\d.]*/s"));
        Browser.soon(
                "the chart to be drawn",
                () -> browser.ask(
                                "return [...document.querySelectorAll('#counters .curve')].map((it) => it.getAttribute('d')).join()")
                        .toString()
                        .contains("L"));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(3)
    void namesAreTextWhateverTheyAre() throws Exception {
        CountDownLatch shown = new CountDownLatch(1);
        try (SharedState state = MappedEngine.at(shops.state()).open()) {
            state.members().announce(HOSTILE_ADDRESS);
            state.map("-_.0", String.class, String.class);
            state.queue("__proto__", String.class);
            state.counter("constructor");
            SharedLock lock = state.lock("--._-");
            CountDownLatch held = new CountDownLatch(1);
            Thread holder = new Thread(
                    () -> {
                        lock.lock();
                        held.countDown();
                        try {
                            shown.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        } finally {
                            lock.unlock();
                        }
                    },
                    HOSTILE_THREAD);
            holder.start();
            held.await();
            openConsole();
            Browser.soon(
                    "the lock to be there",
                    () -> cell("locks", "--._-", "Owner").endsWith(" · " + HOSTILE_THREAD));
            int self = state.members().self().ordinal();
            assertThat(cell("members", Integer.toString(self), "Address")).isEqualTo(HOSTILE_ADDRESS);
            assertThat(cell("maps", "-_.0", "Entries")).isEqualTo("0");
            assertThat(cell("counters", "constructor", "Value")).isEqualTo("0");
            Browser.soon(
                    "the queue, as queues are looked at seldom",
                    () -> cell("queues", "__proto__", "Waiting").equals("0"));
            Browser.soon(
                    "the old lock to be pointed out",
                    () -> browser.text("#locks .badge.warn").equals("held for long"));
            assertThat(browser.ask("return document.querySelectorAll('main img, main script').length"))
                    .isEqualTo(0L);

            browser.driver().findElement(By.tagName("body")).sendKeys("/");
            browser.driver().switchTo().activeElement().sendKeys("tickets");
            assertThat(browser.ask("return document.querySelectorAll('#locks tbody tr:not([hidden])').length"))
                    .isEqualTo(2L);
            browser.driver().switchTo().activeElement().sendKeys(Keys.ESCAPE);
            pictures("console");
            shown.countDown();
            holder.join();
        }
        Browser.soon("the event to be there", () -> browser.text("#events").contains("left"));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(4)
    void canBeUsedByKeyboardAndByEveryone() {
        openConsole();
        assertThat(accessibilityProblems()).isEmpty();
        browser.prefer("dark");
        assertThat(accessibilityProblems()).isEmpty();
        browser.prefer("light");

        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            WebElement active = browser.driver().switchTo().activeElement();
            active.sendKeys(Keys.TAB);
            order.append(browser.driver().switchTo().activeElement().getText())
                    .append(browser.driver().switchTo().activeElement().getDomAttribute("id"))
                    .append(' ');
        }
        assertThat(order.toString())
                .matches("Skip to the statenull filter Pausepause Members ?\\dnull Locks ?\\dnull ");

        browser.driver().findElement(By.id("pause")).sendKeys(Keys.ENTER);
        browser.awaitText("#said", "Paused · as member \\d said");
        browser.driver().findElement(By.id("pause")).sendKeys(Keys.ENTER);
        browser.awaitText("#said", "Live · answered by member \\d");
    }

    @Test
    @Order(5)
    void aStoppedMemberIsShownAsHungNotAsDead() throws Exception {
        openConsole();
        int hung = anotherThan(answering(), "Alive");
        long pid = pidOf(hung);
        shops.signal("STOP", pid);
        try {
            awaitSign(hung, "Hung");
            browser.screenshot("console-hung");
        } finally {
            shops.signal("CONT", pid);
        }
        awaitSign(hung, "Alive");
        assertThat(browser.text("#events")).doesNotContain("(pid " + pid + ", 127.0.0.1");
    }

    @Test
    @Order(6)
    void aHungMemberThatAnsweredIsNoticedAndAnotherAnswers() throws Exception {
        openConsole();
        int hung = answering();
        long pid = pidOf(hung);
        shops.signal("STOP", pid);
        try {
            browser.awaitText("#said", "Disconnected from member " + hung + " · trying again");
            assertThat(browser.ask("return document.querySelector('main').className"))
                    .isEqualTo("stale");
            browser.screenshot("console-disconnected");
            Browser.soon("another to answer", () -> answering() >= 0 && answering() != hung);
            awaitSign(hung, "Hung");
        } finally {
            shops.signal("CONT", pid);
        }
        awaitSign(hung, "Alive");
        assertThat(browser.ask("return document.querySelector('main').className"))
                .isEqualTo("");
    }

    @Test
    @Order(7)
    void aKillIsShown() throws Exception {
        openConsole();
        assertThat(browser.complaints()).allMatch(complaint -> complaint.contains(CUT));
        int victim = anotherThan(answering(), "Alive");
        long pid = pidOf(victim);
        long killed = System.nanoTime();
        shops.signal("KILL", pid);
        awaitSign(victim, "Dead");
        System.out.printf(
                "a killed member was shown as dead after %,d ms%n",
                Duration.ofNanos(System.nanoTime() - killed).toMillis());
        Browser.soon(
                "the event to be there",
                () -> browser.text("#events li").contains("Died")
                        && browser.text("#events li").contains("pid " + pid));
        browser.screenshot("console-dead");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    @Order(8)
    void anotherAnswersWhenTheOneThatAnsweredIsKilled() throws Exception {
        openConsole();
        int victim = answering();
        browser.ask("""
                window.heard = [];
                new MutationObserver(() => window.heard.push(document.getElementById('said').textContent))
                    .observe(document.getElementById('said'), { childList: true, characterData: true, subtree: true });
                return true""");
        shops.signal("KILL", pidOf(victim));
        Browser.soon("another to answer", () -> answering() >= 0 && answering() != victim);
        assertThat(browser.list("return window.heard"))
                .contains("Disconnected from member " + victim + " · trying again");
        awaitSign(victim, "Dead");
        assertThat(browser.complaints()).allMatch(complaint -> complaint.contains(CUT));
    }

    @Test
    @Order(9)
    void anOpenPageDoesNotHoldUpTheEndOfAProcess() throws Exception {
        openConsole();
        System.out.printf(
                "the process with an open page ended within %,d ms of SIGTERM%n",
                shops.stop().toMillis());
        browser.awaitText("#said", "Disconnected from member \\d · trying again");
    }

    private void pictures(String page) throws IOException {
        browser.prefer("light");
        browser.screenshot(page + "-light");
        browser.prefer("dark");
        browser.screenshot(page + "-dark");
        browser.size(390, 844, true);
        browser.screenshot(page + "-phone-dark");
        browser.prefer("light");
        browser.screenshot(page + "-phone-light");
        assertThat(browser.ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
                .as("what a phone would have to scroll sideways")
                .isEqualTo(0L);
        browser.size(1400, 1000, false);
    }

    /** The basics: language, labels, one heading of each level in order, unique ids, contrast of all text. */
    private List<String> accessibilityProblems() {
        return browser.list("""
                const problems = [];
                if (!document.documentElement.lang) problems.push('no language');
                if (!document.title) problems.push('no title');
                if (document.querySelectorAll('h1').length !== 1 || document.querySelectorAll('main').length !== 1) problems.push('not one h1 and main');
                for (const input of document.querySelectorAll('input, select, textarea')) if (!input.labels.length) problems.push('no label: ' + input.id);
                for (const active of document.querySelectorAll('button, a')) if (!(active.getAttribute('aria-label') || active.textContent.trim())) problems.push('no text: ' + active.outerHTML);
                for (const drawing of document.querySelectorAll('svg')) if (!drawing.getAttribute('aria-label') && drawing.getAttribute('aria-hidden') !== 'true') problems.push('no text: ' + drawing.outerHTML);
                for (const head of document.querySelectorAll('th')) if (!head.scope) problems.push('no scope: ' + head.textContent);
                const ids = [...document.querySelectorAll('[id]')].map((it) => it.id);
                if (new Set(ids).size !== ids.length) problems.push('an id twice');
                for (const positive of document.querySelectorAll('[tabindex]')) if (positive.tabIndex > 0) problems.push('a focus order of its own: ' + positive.id);
                const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
                const over = (ground, color) => {
                  canvas.fillStyle = `rgb(${ground.join()})`; canvas.fillRect(0, 0, 1, 1);
                  canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
                  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
                };
                const luminance = (rgb) => rgb.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
                  .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
                const ground = (node) => over(node.parentElement ? ground(node.parentElement) : [255, 255, 255], getComputedStyle(node).backgroundColor);
                for (const node of document.querySelectorAll('body *')) {
                  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
                  if (!own || node.closest('noscript, svg') || node.disabled || !node.checkVisibility()) continue;
                  const back = ground(node);
                  const [one, two] = [luminance(back), luminance(over(back, getComputedStyle(node).color))].sort((a, b) => b - a);
                  if ((one + 0.05) / (two + 0.05) < 4.5) problems.push('contrast ' + ((one + 0.05) / (two + 0.05)).toFixed(2) + ': ' + node.textContent.slice(0, 40));
                }
                return problems""");
    }
}
