// The page of one account: filled when it is opened, from details that are unpacked then.
const list = byId("list");
const sheet = byId("account");
const inSheet = (name) => sheet.querySelector(`[data-part="${name}"]`);
const items = (lines) => lines.map((line) => make("li", { dir: "auto" }, line));

// A bar from one running sum to the next, on one scale for all rows.
const barOf = (from, to, [low, high], kind) => {
  const at = (value) => ((value - low) / (high - low)) * 100;
  const svg = drawn("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  const width = from === to ? 0 : Math.max(Math.abs(at(to) - at(from)), 0.6);
  svg.append(drawn("line", { class: "zero", x1: at(base), x2: at(base), y1: -2, y2: 12 }));
  svg.append(drawn("rect", { class: kind, x: Math.min(at(from), at(to), 100 - width), y: 0, width, height: 10 }));
  return svg;
};

const pointRow = (word, said, bar, kind = "") =>
  make("tr", { class: kind }, make("th", { scope: "row", dir: "auto" }, word), make("td", { class: "bar" }, bar), make("td", { class: "number" }, said));

const stepsOf = (details) => {
  const steps = [];
  let sum = base;
  const add = (word, points, group) => steps.push({ word, points, group, from: sum, to: (sum += points) });
  const by = (context) => details.drivers.filter((driver) => driver[2] === context);
  for (const [seen, points] of by(0)) add(seen, points, "acted_on");
  for (const [seen, points] of by(1)) add(seen, points, "context_of");
  add(words.others, details.others, "");
  return steps;
};

const drawPoints = (details) => {
  const steps = stepsOf(details);
  const reached = [base, ...steps.map((step) => step.to)];
  const scale = [Math.min(0, ...reached), Math.max(...reached, 10) * 1.02];
  const bodies = [make("tbody", {}, pointRow(words.typical_account, share(base), barOf(0, base, scale, "whole"), "whole"))];
  for (const group of ["acted_on", "context_of", ""]) {
    const inside = steps.filter((step) => step.group === group);
    if (!inside.length) continue;
    const body = make("tbody");
    if (group) body.append(make("tr", { class: "group" }, make("th", { scope: "rowgroup", colspan: 3 }, words[group])));
    for (const { word, points, from, to } of inside)
      body.append(pointRow(word, signed(points), barOf(from, to, scale, points > 0 ? "more" : "less"), group ? "" : "others"));
    bodies.push(body);
  }
  bodies.push(make("tbody", {}, pointRow(words.this_account, share(details.risk), barOf(0, details.risk, scale, "whole"), "whole")));
  const table = inSheet("points");
  for (const body of [...table.tBodies]) body.remove();
  table.append(...bodies);
  inSheet("no-reasons").hidden = details.drivers.length > 0;
};

const drawCategories = (details) => {
  const body = inSheet("categories").tBodies[0];
  const tierOf = (health) => (health >= words.green_from ? "green" : health >= words.yellow_from ? "yellow" : "red");
  body.replaceChildren(
    ...words.categories_of.map((word, at) => {
      const health = at < details.health.length ? details.health[at] : undefined;
      const told = health === undefined ? words.not_scored : health === null ? words.no_data : String(health);
      const svg = drawn("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
      svg.append(drawn("rect", { class: "ground", x: 0, y: 0, width: 100, height: 10 }));
      if (typeof health === "number") svg.append(drawn("rect", { class: "health", "data-tier": tierOf(health), x: 0, y: 0, width: health, height: 10 }));
      const points = details.categories[at];
      return make("tr", {}, make("th", { scope: "row" }, word), make("td", { class: "number" }, told), make("td", { class: "bar" }, svg), make("td", { class: "number" }, points === null ? "" : signed(points)));
    }),
  );
};

const drawWeeks = (details, account) => {
  const place = inSheet("chart");
  const svg = chartOf(details, account, Math.max(Math.round(place.clientWidth), 300));
  place.replaceChildren(svg);
  inSheet("key").replaceChildren(...keyOf(svg));
  const rowsOf = weeks.map(([, day], week) => [day, details.risks[week], details.tiers[week]]).filter(([, risk]) => risk !== null);
  inSheet("weeks").tBodies[0].replaceChildren(
    ...rowsOf.reverse().map(([day, risk, tier]) =>
      make("tr", {}, make("th", { scope: "row" }, day), make("td", {}, share(risk)), make("td", { "data-tier": tier }, make("span", { class: "mark" }, words.tier_of[tier]))),
    ),
  );
};

const drawLines = (details) => {
  inSheet("known").replaceChildren(...items(details.known.map(([, , said]) => said)));
  inSheet("gaps").replaceChildren(...items(details.gaps));
  inSheet("contacts").replaceChildren(
    ...details.contacts.map(([label, said]) => make("div", {}, make("dt", { dir: "auto" }, label), make("dd", { dir: "auto" }, said))),
  );
  inSheet("done").replaceChildren(...items(details.done.map(([, said]) => said)));
  inSheet("moved").tBodies[0].replaceChildren(
    ...details.moved.map(([said, points]) => make("tr", {}, make("th", { scope: "row", dir: "auto" }, said), make("td", { class: "number" }, signed(points)))),
  );
  for (const name of ["known", "contacts", "done", "moved"]) inSheet(`${name}-section`).hidden = details[name].length === 0;
  inSheet("no-gaps").hidden = details.gaps.length > 0;
};

const neighbours = (account) => {
  const at = matches.indexOf(account);
  for (const [name, other] of [["before", at > 0 ? matches[at - 1] : undefined], ["after", at >= 0 ? matches[at + 1] : undefined]]) {
    const link = inSheet(name);
    link.hidden = !other;
    if (other) {
      link.href = addressOf(other);
      link.title = other.name;
    }
  }
};

let opened;
const openAccount = async (account) => {
  const details = await detailsOf(account);
  // While it was unpacked, somebody may have gone elsewhere.
  if (location.hash !== addressOf(account) && accountAt(location.hash) !== account) return;
  opened = { account, details };
  sheet.dataset.tier = account.tier;
  fillSlots(sheet, account);
  list.hidden = true;
  sheet.hidden = false;
  neighbours(account);
  drawPoints(details);
  drawCategories(details);
  drawLines(details);
  drawWeeks(details, account);
  document.title = `${account.name} – ${words.company}`;
  scrollTo(0, 0);
  byId("account-name").focus({ preventScroll: true });
};
