// Risk over the lists there were, drawn from the figures; the table below it holds the same.
const SVG = byId("drawing").content.firstElementChild.namespaceURI;
const AHEAD = 90;
const drawn = (tag, attributes, text) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
};
const SHAPES = {
  critical: (x, y) => `M${x} ${y - 5}l5 5l-5 5l-5-5z`,
  red: (x, y) => `M${x} ${y - 5}l5 9h-10z`,
  yellow: (x, y) => `M${x - 4} ${y - 4}h8v8h-8z`,
  green: (x, y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z`,
};

// The smallest round top that holds everything.
const topOf = (most) => [50, 100, 200, 300, 400, 600, 800, 1000].find((top) => top >= most) ?? 1000;

const chartOf = (details, account, width) => {
  const height = 230;
  const edge = { top: 14, right: 12, bottom: 28, left: 44 };
  const seen = details.risks.map((risk, week) => ({ day: weeks[week][0], risk, tier: details.tiers[week] })).filter((week) => week.risk !== null);
  const firstDay = Math.min(seen[0].day, -28);
  const top = topOf(Math.max(base, ...seen.map((week) => week.risk)));
  const x = (day) => Math.round((edge.left + ((day - firstDay) / (AHEAD - firstDay)) * (width - edge.left - edge.right)) * 10) / 10;
  const y = (risk) => Math.round((height - edge.bottom - (risk / top) * (height - edge.top - edge.bottom)) * 10) / 10;
  const floor = y(0);
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": saidOf(details, seen) });
  const put = (tag, attributes, text) => svg.append(drawn(tag, attributes, text));
  put("rect", { class: "future", x: x(0), y: edge.top, width: x(AHEAD) - x(0), height: floor - edge.top });
  for (const level of [0, top / 2, top]) {
    put("line", { class: "grid", x1: edge.left, x2: width - edge.right, y1: y(level), y2: y(level) });
    put("text", { class: "end", x: edge.left - 8, y: y(level) + 4 }, fill(words.tenths, { value: level / 10 }));
  }
  put("line", { class: "typical", x1: edge.left, x2: width - edge.right, y1: y(base), y2: y(base) });
  put("text", { class: "end", x: width - edge.right - 4, y: y(base) - 5 }, words.typical_account);
  put("line", { class: "today", x1: x(0), x2: x(0), y1: edge.top, y2: floor });
  const early = weeks[details.risks.findIndex((risk) => risk !== null)];
  if (seen.length > 1) put("text", { x: edge.left, y: floor + 18 }, early[1]);
  put("text", { class: "middle", x: x(0), y: floor + 18 }, weeks.at(-1)[1]);
  put("text", { class: "end", x: width - edge.right, y: floor + 18 }, words.ahead);
  for (const { day, kind } of marksOf(details, account, firstDay)) {
    put("line", { class: `mark-line ${kind}`, x1: x(day), x2: x(day), y1: edge.top, y2: floor });
    put("circle", { class: `mark-dot ${kind}`, cx: x(day), cy: floor, r: 4 });
  }
  put("path", { class: "line", d: seen.map((week, at) => `${at ? "L" : "M"}${x(week.day)} ${y(week.risk)}`).join("") });
  for (const week of seen) put("path", { class: "dot", "data-tier": week.tier, d: SHAPES[week.tier](x(week.day), y(week.risk)) });
  return svg;
};

// Renewal, evidence and what was done, as far as the chart reaches.
const marksOf = (details, account, firstDay) => {
  const marks = [{ day: account.renews_in, kind: "renewal" }];
  for (const [, day] of details.known) marks.push({ day, kind: "known" });
  for (const [day] of details.done) marks.push({ day, kind: "acted" });
  return marks.filter(({ day }) => day !== null && day >= firstDay && day <= AHEAD);
};

// What the marks mean, of those there are.
const keyOf = (svg) =>
  ["renewal", "known", "acted"]
    .filter((kind) => svg.querySelector(`.mark-dot.${kind}`))
    .map((kind) => make("li", { class: kind }, words.mark_of[kind]));

const saidOf = (details, seen) => {
  const known = details.risks.map((risk, week) => [risk, weeks[week][1]]).filter(([risk]) => risk !== null);
  const [first, last] = [known[0], known.at(-1)];
  const text = seen.length > 1 ? words.chart : words.chart_one;
  const values = { first_risk: share(first[0]), first_day: first[1], last_risk: share(last[0]), last_day: last[1], lists: seen.length };
  const more = [];
  if (details.known.length) more.push(fill(words.chart_known, { count: details.known.length }));
  if (details.done.length) more.push(fill(words.chart_done, { count: details.done.length }));
  return [fill(text, values), ...more].join(" ");
};
