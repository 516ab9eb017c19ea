// What the page was made with: the rows of the list, the words, and the pages of the accounts, still packed.
const byId = (id) => document.getElementById(id);
const { fields, rows, words, chunk, detail, weeks, base } = JSON.parse(byId("data").textContent);
const accounts = rows.map((row, place) => {
  const account = Object.fromEntries(fields.map((field, at) => [field, row[at]]));
  account.place = place;
  return account;
});
const read = (number) => number.toLocaleString("en");
const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? read(values[name]) : values[name]));

// Everything a company or a colleague may have typed enters as text, never as markup.
const make = (tag, attributes = {}, ...inside) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
};

const fillSlots = (root, record) => {
  for (const slot of root.querySelectorAll("[data-slot]")) {
    slot.textContent = record[slot.dataset.slot];
    slot.hidden = !record[slot.dataset.slot];
  }
  for (const part of root.querySelectorAll("[data-if]")) part.hidden = !record[part.dataset.if];
  for (const part of root.querySelectorAll("[data-unless]")) part.hidden = Boolean(record[part.dataset.unless]);
};

// Tenths of a percentage point, as they add up.
const share = (tenths) => fill(words.tenths, { value: (tenths / 10).toFixed(1) });
const signed = (tenths) => `${tenths > 0 ? "+" : tenths < 0 ? "−" : ""}${(Math.abs(tenths) / 10).toFixed(1)}`;

const unpacked = new Map();
let packed;
const unpack = async (number) => {
  packed ??= JSON.parse(byId("details").textContent);
  const bytes = Uint8Array.from(atob(packed[number]), (char) => char.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(inflated).text());
};
const detailsOf = async (account) => {
  const number = Math.floor(account.place / chunk);
  if (!unpacked.has(number)) unpacked.set(number, await unpack(number));
  const values = unpacked.get(number)[account.place % chunk];
  return Object.fromEntries(detail.map((field, at) => [field, values[at]]));
};
