() => {
  const faults = [];
  const wide = window.innerWidth;
  const seen = (one) => one.getClientRects().length > 0;

  // What ends outside the window, unless it can be scrolled to.
  const root = [document.documentElement, document.body];
  const scrolls = (one) => {
    for (; one; one = one.parentElement)
      if (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX) && !root.includes(one)) return true;
    return false;
  };
  if (document.documentElement.scrollWidth > wide) faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const one of document.querySelectorAll(".abm-app *")) {
    const box = one.getBoundingClientRect();
    const out = seen(one) && box.width && box.right > wide + 1;
    if (out && !scrolls(one.parentElement) && !one.closest("svg, .abm-hidden"))
      faults.push(`${one.tagName}.${one.className} ends at ${Math.round(box.right)}`);
  }

  // What lies on something else.
  const groups = [
    ".abm-card", ".abm-charts > .abm-chart", ".abm-two > *", ".abm-flows > *", ".abm-questions button", ".abm-nav a", ".abm-dial",
    ".abm-fold", ".abm-grades button", ".abm-side h2, .abm-main h2, .abm-top h1", ".abm-head > *", ".abm-copy button",
  ];
  for (const group of groups) {
    const boxes = [...document.querySelectorAll(group)].filter(seen).map((one) => [one, one.getBoundingClientRect()]);
    boxes.forEach(([a, one], place) => {
      for (const [b, other] of boxes.slice(place + 1)) {
        const across = one.right > other.left + 1 && other.right > one.left + 1;
        const down = one.bottom > other.top + 1 && other.bottom > one.top + 1;
        if (across && down && !a.contains(b) && !b.contains(a))
          faults.push(`${group}: ${a.innerText.slice(0, 30)} lies on ${b.innerText.slice(0, 30)}`);
      }
    });
  }

  // What is an identifier and no word.
  for (const text of document.querySelector(".abm-app").innerText.split("\n"))
    if (/[a-z]_[a-z]|\b(us|cn)-[a-z0-9-]+-[a-z]/.test(text)) faults.push(`no words: ${text.slice(0, 80)}`);

  // Language, headings in order, and names for those who do not see.
  if (document.documentElement.lang !== "en") faults.push("no language");
  const heads = [...document.querySelectorAll(".abm-top h1, .abm-main h1, .abm-main h2, .abm-main h3, .abm-main h4")];
  if (heads.filter((one) => one.tagName === "H1").length !== 1) faults.push("not one first heading");
  heads.reduce((level, one) => {
    const next = +one.tagName[1];
    if (next > level + 1) faults.push(`a heading of level ${next} after one of ${level}: ${one.innerText}`);
    return next;
  }, 0);
  for (const one of document.querySelectorAll("button, a, summary, [role=button], [role=img], input:not([type=hidden])")) {
    const labels = [...(one.labels || [])].map((label) => label.innerText).join("");
    const name = one.textContent.trim() || one.getAttribute("aria-label") || one.title || one.placeholder || labels;
    if (seen(one) && !String(name).trim() && !one.closest("[aria-hidden=true]")) faults.push(`no name: ${one.outerHTML.slice(0, 120)}`);
  }
  return faults.slice(0, 20);
}
