"use strict";
(() => {
  const PAGE = 100;
  const byId = (id) => document.getElementById(id);
  const { fields, rows, words } = JSON.parse(byId("data").textContent);
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const accounts = rows.map((row) => {
    const account = Object.fromEntries(fields.map((field, place) => [field, row[place]]));
    const { name, id, owner, seen_1, seen_2, seen_3, evidence_1, evidence_2, evidence_3 } = account;
    account.found = plain([name, id, owner, seen_1, seen_2, seen_3, evidence_1, evidence_2, evidence_3].join("\n"));
    return account;
  });
  const tiers = [...document.querySelectorAll(".tiers button")];
  const severity = Object.fromEntries(tiers.map((tier, place) => [tier.dataset.tier, place]));
  // Rows come in the order of risk, and sorting keeps it among equals.
  const orders = {
    risk: accounts,
    money: [...accounts].sort((one, other) => one.by_money - other.by_money),
    tier: [...accounts].sort((one, other) => severity[one.tier] - severity[other.tier]),
  };
  const total = accounts.length;
  const read = (number) => number.toLocaleString("en");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => read(values[name]));
  let matches = accounts;
  let page = 0;

  // Everything a company or a colleague may have typed enters as text, never as markup.
  const rowOf = (account) => {
    const row = byId("row").content.firstElementChild.cloneNode(true);
    row.dataset.tier = account.tier;
    for (const slot of row.querySelectorAll("[data-slot]")) {
      slot.textContent = account[slot.dataset.slot];
      slot.hidden = !account[slot.dataset.slot];
    }
    for (const part of row.querySelectorAll("[data-if]")) part.hidden = !account[part.dataset.if];
    for (const part of row.querySelectorAll("[data-unless]")) part.hidden = Boolean(account[part.dataset.unless]);
    return row;
  };

  const draw = (first, last) => byId("rows").replaceChildren(...matches.slice(first, last).map(rowOf));

  const show = () => {
    const pages = Math.ceil(matches.length / PAGE);
    const first = page * PAGE;
    const last = Math.min(first + PAGE, matches.length);
    draw(first, last);
    byId("pages").hidden = pages < 2;
    byId("range").textContent = fill(words.range, { first: first + 1, last, total: matches.length });
    byId("previous").disabled = page === 0;
    byId("next").disabled = page + 1 >= pages;
  };

  const select = () => {
    const wanted = tiers.filter((tier) => tier.getAttribute("aria-pressed") === "true").map((tier) => tier.dataset.tier);
    const terms = plain(byId("search").value).split(/\s+/).filter(Boolean);
    const owner = byId("owner").value;
    const sort = byId("sort").value;
    matches = orders[sort].filter(
      (account) =>
        (!wanted.length || wanted.includes(account.tier)) &&
        (!owner || account.owner === owner) &&
        terms.every((term) => account.found.includes(term)),
    );
    page = 0;
    byId("count").textContent = fill(words.count, { shown: matches.length, total });
    byId("empty").hidden = matches.length > 0;
    byId("clear").hidden = !(wanted.length || terms.length || owner);
    for (const key of Object.keys(orders)) byId(`by-${key}`).setAttribute("aria-sort", key === sort ? "descending" : "none");
    show();
  };

  const turn = (step, button, other) => {
    page += step;
    show();
    document.querySelector("table").scrollIntoView();
    (button.disabled ? other : button).focus({ preventScroll: true });
  };

  const clear = () => {
    for (const tier of tiers) tier.setAttribute("aria-pressed", "false");
    byId("search").value = "";
    byId("owner").value = "";
    select();
    byId("search").focus();
  };

  for (const tier of tiers) {
    tier.disabled = false;
    tier.addEventListener("click", () => {
      tier.setAttribute("aria-pressed", String(tier.getAttribute("aria-pressed") !== "true"));
      select();
    });
  }
  byId("search").addEventListener("input", select);
  byId("owner").addEventListener("change", select);
  byId("sort").addEventListener("change", select);
  byId("clear").addEventListener("click", clear);
  byId("previous").addEventListener("click", () => turn(-1, byId("previous"), byId("next")));
  byId("next").addEventListener("click", () => turn(1, byId("next"), byId("previous")));
  // Paper has no pages to turn: it gets everything that matches.
  addEventListener("beforeprint", () => draw(0, matches.length));
  addEventListener("afterprint", show);
  byId("without-script").hidden = true;
  document.querySelector(".tools").hidden = false;
  select();
})();
