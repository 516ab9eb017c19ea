// The address says what is shown: the list, or #account/<id>. Back, forward and a copied address all work.
const listTitle = document.title;
const byKey = new Map(accounts.map((account) => [account.key, account]));
const PREFIX = "#account/";
let scrolled = 0;
history.scrollRestoration = "manual";

const keyAt = (hash) => {
  try {
    return decodeURIComponent(hash.slice(PREFIX.length));
  } catch {
    return hash.slice(PREFIX.length);
  }
};
const accountAt = (hash) => (hash.startsWith(PREFIX) ? byKey.get(keyAt(hash)) : undefined);

const openList = () => {
  const last = opened?.account;
  opened = undefined;
  sheet.hidden = true;
  list.hidden = false;
  document.title = listTitle;
  if (!last) return;
  const at = matches.indexOf(last);
  if (at >= 0 && Math.floor(at / PAGE) !== page) {
    page = Math.floor(at / PAGE);
    show();
  }
  scrollTo(0, scrolled);
  const link = [...document.querySelectorAll("#rows a")].find((each) => each.hash === addressOf(last));
  (link ?? byId("list-name")).focus();
};

const follow = () => {
  const account = accountAt(location.hash);
  const lost = location.hash.startsWith(PREFIX) && !account;
  byId("not-listed").hidden = !lost;
  byId("not-listed").textContent = lost ? fill(words.not_listed, { id: keyAt(location.hash).slice(0, 120) }) : "";
  if (!account) return openList();
  if (!list.hidden) scrolled = scrollY;
  return openAccount(account);
};

addEventListener("hashchange", follow);
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && opened && !event.defaultPrevented) location.hash = "#list";
});
addEventListener("resize", () => opened && drawWeeks(opened.details, opened.account));
follow();
