// Comfort on top of pages that work without it: keys, ticking all, menus that close, the reader's time zone.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // The server writes times by this zone's clock from the next page on.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes("zone=" + encodeURIComponent(zone))) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "zone=" + encodeURIComponent(zone) + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure;
  }

  // A browser may bring back a page from memory as it was, even after signing out: it is loaded anew then.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // Menus close when one looks elsewhere.
  const close = (except) => all("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  addEventListener("click", (event) => close(event.target.closest("details.menu")));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = one("details.menu[open]");
    if (menu) { menu.open = false; one("summary", menu).focus(); } else if (location.hash === "#mailboxes") location.hash = "main";
  });

  // Ticks: all at once without asking the server, a range with Shift.
  const ticks = () => all(".tick input");
  const tickAll = one("[data-tick-all]");
  const said = () => { if (tickAll) tickAll.textContent = ticks().every((tick) => tick.checked) ? "Untick all" : "Tick all"; };
  if (tickAll) tickAll.addEventListener("click", (event) => {
    event.preventDefault();
    const on = !ticks().every((tick) => tick.checked);
    ticks().forEach((tick) => { tick.checked = on; });
    said();
  });
  let last = null;
  ticks().forEach((tick) => tick.addEventListener("click", (event) => {
    if (event.shiftKey && last) {
      const boxes = ticks(), [from, to] = [boxes.indexOf(last), boxes.indexOf(tick)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((box) => { box.checked = tick.checked; });
    }
    last = tick;
    said();
  }));

  // Keys: the row or message that has the focus is the one that is meant.
  const items = () => all(".row .what a").concat(all(".message > summary"));
  const here = () => items().findIndex((item) => item === document.activeElement || (item.closest(".row") || item.parentElement).contains(document.activeElement));
  const go = (step) => {
    const list = items(), at = here();
    const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  const row = () => document.activeElement.closest(".row");
  const press = (key) => { const button = one('[data-key="' + key + '"]'); if (button) button.click(); return Boolean(button); };
  const onRow = (value) => {
    const current = row(), form = one("form.list");
    if (!form || (!current && !ticks().some((tick) => tick.checked))) return;
    if (current && !ticks().some((tick) => tick.checked)) one(".tick input", current).checked = true;
    const button = one('button[name="do"][value="' + value + '"]', form);
    if (button) form.requestSubmit(button);
  };
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    o: () => { if (items().includes(document.activeElement)) document.activeElement.click(); },
    u: () => press("u"),
    e: () => press("e") || onRow("archive"),
    "#": () => press("#") || onRow("delete"),
    s: () => { const current = row(); if (current) one(".star", current).click(); else press("s"); },
    x: () => { const current = row(); if (current) one(".tick input", current).click(); },
    "/": () => one("#q") && one("#q").select(),
    "?": () => { location.href = "/help#keys"; },
    z: () => { const undo = one(".bar button"); if (undo) undo.click(); },
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const act = Object.hasOwn(keys, event.key) && keys[event.key];
    if (act && one(".app")) { event.preventDefault(); act(); }
  });

  // Back from a conversation, the row one came from has the focus.
  if (one(".rows")) {
    const path = sessionStorage.getItem("opened");
    const link = path && all(".row .what a").find((item) => item.getAttribute("href") === path);
    if (link) link.focus({ preventScroll: true });
    sessionStorage.removeItem("opened");
    one(".rows").addEventListener("click", (event) => {
      const opened = event.target.closest(".what a");
      if (opened) sessionStorage.setItem("opened", opened.getAttribute("href"));
    });
  }
})();
