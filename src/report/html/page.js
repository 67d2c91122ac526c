// Draws the page, and draws again what depends on the state when that changes.

const dark = () => state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const renderTheme = () => document.documentElement.classList.toggle("dark", dark());

const jump = (text, id) => byId(id) && !byId(id).hidden && h("button", { type: "button", onclick: () => byId(id).scrollIntoView() }, text);
const renderNav = () => fill("nav", [["Map", "map"], ["Reachable now", "now"], ["One setting away", "latent"], ["Not known", "open"], ["All stores", "stores"], ["Found", "found-section"], ["Read", "read-section"], ["Run", "run-section"]].map(([t, id]) => jump(t, id)));

const render = () => {
  renderTheme();
  renderMap();
  renderUrgent();
  renderStores();
  renderArea();
  renderDetail();
  renderNav();
};

readState();
renderHero();
renderFound();
renderRead();
renderRun();
render();

byId("search").addEventListener("input", (e) => setState({ q: e.target.value }));
byId("theme").addEventListener("click", () => setState({ theme: dark() ? "light" : "dark" }, true));
byId("store").addEventListener("close", () => { if (state.store) setState({ store: "" }, true); });
byId("store").addEventListener("click", (e) => { if (e.target === byId("store")) byId("store").close(); });
window.addEventListener("hashchange", () => { readState(); render(); });
window.addEventListener("resize", renderArea);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", renderTheme);
