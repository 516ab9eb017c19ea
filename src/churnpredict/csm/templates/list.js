// The list: two orders of importance, filters, search, a page at a time.
const PAGE = 100;
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const SEARCHED = ["name", "id", "owner", "seen_1", "seen_2", "seen_3", "evidence_1", "evidence_2", "evidence_3"];
// Made when first looked for: nobody who does not search waits for it.
const textOf = (account) => (account.found ??= plain(SEARCHED.map((field) => account[field]).join("\n")));
const tiers = [...document.querySelectorAll(".tiers button")];
const severity = Object.fromEntries(tiers.map((tier, place) => [tier.dataset.tier, place]));
// Rows come in the order of risk, and sorting keeps it among equals.
const orders = {
  risk: accounts,
  money: [...accounts].sort((one, other) => one.by_money - other.by_money),
  tier: [...accounts].sort((one, other) => severity[one.tier] - severity[other.tier]),
};
const renews = {
  "": () => true,
  overdue: (days) => days !== null && days < 0,
  unknown: (days) => days === null,
};
for (const days of ["30", "60", "90"]) renews[days] = (ahead) => ahead !== null && ahead >= 0 && ahead <= Number(days);
const total = accounts.length;
let matches = accounts;
let page = 0;

const addressOf = (account) => `#account/${encodeURIComponent(account.key)}`;
const rowOf = (account) => {
  const row = byId("row").content.firstElementChild.cloneNode(true);
  row.dataset.tier = account.tier;
  fillSlots(row, account);
  row.querySelector("a").href = addressOf(account);
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
  const renewal = byId("renewal").value;
  const move = byId("move").value;
  const sort = byId("sort").value;
  matches = orders[sort].filter(
    (account) =>
      (!wanted.length || wanted.includes(account.tier)) &&
      (!owner || account.owner === owner) &&
      renews[renewal](account.renews_in) &&
      (!move || account.move === move) &&
      terms.every((term) => textOf(account).includes(term)),
  );
  page = 0;
  byId("count").textContent = fill(words.count, { shown: matches.length, total });
  byId("empty").hidden = matches.length > 0;
  byId("clear").hidden = !(wanted.length || terms.length || owner || renewal || move);
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
  for (const control of ["search", "owner", "renewal", "move"]) byId(control).value = "";
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
for (const control of ["owner", "renewal", "move", "sort"]) byId(control).addEventListener("change", select);
byId("clear").addEventListener("click", clear);
byId("previous").addEventListener("click", () => turn(-1, byId("previous"), byId("next")));
byId("next").addEventListener("click", () => turn(1, byId("next"), byId("previous")));
// Paper has no pages to turn: it gets everything that matches.
addEventListener("beforeprint", () => byId("list").hidden || draw(0, matches.length));
addEventListener("afterprint", () => byId("list").hidden || show());
byId("without-script").hidden = true;
document.querySelector(".tools").hidden = false;
select();
