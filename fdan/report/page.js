"use strict";
document.documentElement.classList.add("js");

/* Tables: a column's name sorts by it, up, down, and back to the paper's order. */
function value(cell) {
  const text = cell.textContent.trim();
  const found = text.replaceAll(",", "").replaceAll("−", "-").match(/-?\d+(\.\d+)?(e-?\d+)?/);
  return found ? Number(found[0]) - (text.startsWith("<") ? 1e-9 : 0) : null;
}

function compare(one, other, down) {
  if (one === null || other === null) return (one === null) - (other === null); // what is not there stands last
  const order = typeof one === "number" ? one - other : one.localeCompare(other, "en");
  return down ? -order : order;
}

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const columns = [];
  let left = 0;
  for (const head of table.tHead.rows[0].cells) { // the columns in their places, those of shared headings one by one
    columns.push(...(head.classList.contains("over") ? Array(head.colSpan).fill(null) : [head]));
  }
  const below = table.tHead.rows[1] ? [...table.tHead.rows[1].cells] : [];
  columns.forEach((head, place) => { columns[place] = head ?? below[left++]; });
  columns.forEach((head, place) => {
    if (!head.classList.contains("leaf")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      const now = was === "ascending" ? "descending" : was === "descending" ? null : "ascending";
      for (const other of columns) other.removeAttribute("aria-sort");
      if (now) head.setAttribute("aria-sort", now);
      const numbers = head.classList.contains("num");
      const key = (row) => numbers ? value(row.cells[place]) : row.cells[place].textContent.trim();
      const rows = now ? original.map((row) => [key(row), row]).sort((a, b) => compare(a[0], b[0], now === "descending"))
        .map((pair) => pair[1]) : original;
      body.append(...rows);
    });
  });
}

/* A link to something inside of a closed part opens it, and paper has no closed parts. */
function open() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const closed = target && target.closest("details");
  if (closed) { closed.open = true; target.scrollIntoView(); }
}
addEventListener("hashchange", open);
open();
addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });

/* The confusion matrix and the t-SNE map of a corpus. Text goes in as text: no name of an utterance becomes markup. */
const KINDS = ["face, trains", "speech, trains", "speech, test"];
const LISTED = 60;
const NEAR = 18;

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function cut(sheet, place, text) {
  const side = Number(sheet.dataset.side), columns = Number(sheet.dataset.columns);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", text);
  sheet.decode().then(() => canvas.getContext("2d").drawImage(
    sheet, side * (place % columns), side * Math.floor(place / columns), side, side, 0, 0, side, side)).catch(() => {});
  return canvas;
}

for (const explore of document.querySelectorAll(".explore")) {
  const data = JSON.parse(explore.querySelector("script").textContent);
  const detail = explore.querySelector(".detail");
  const faces = explore.querySelector("img.faces"), mels = explore.querySelector("img.mels");
  const map = explore.querySelector(".map");
  const ring = map && map.querySelector(".ring");
  const hint = element("p", `Choose a cell${map ? " or a point" : ""}: an utterance is shown here.`);
  detail.replaceChildren(hint);
  detail.hidden = false;
  function show(...children) {
    detail.replaceChildren(...children);
    detail.classList.add("on");
  }

  function say(id) {
    return (data.said[id] ?? []).map(([place, p], run) =>
      `seed ${data.seeds[run]}: ${data.classes[place]} (${p.toFixed(2)})`).join(", ");
  }

  function what(id, number, kind) {
    const box = element("div");
    box.className = "what";
    const crops = data.faces[id], image = data.mels[id];
    const pictures = element("span");
    if (faces && crops) {
      const shown = kind === 0 && crops[number] !== undefined ? [crops[number]] : [crops[Math.floor(crops.length / 2)]];
      pictures.append(...shown.map((place) => cut(faces, place, "the face")));
    }
    if (mels && image) pictures.append(cut(mels, image[0], "the Mel image"));
    if (pictures.childNodes.length) box.append(pictures);
    const said = say(id);
    const lines = element("div", "", element("p", "", element("strong", data.ids[id]), ` ${KINDS[kind] ?? ""}`),
      element("p", `true: ${data.emotions[id]}`));
    if (said) lines.append(element("p", `predicted, ${said}`));
    box.append(lines);
    return box;
  }

  let chosen = -1;
  function point(place) {
    chosen = place;
    const [id, number, kind, x, y] = data.points[place];
    ring.setAttribute("cx", x);
    ring.setAttribute("cy", y);
    ring.classList.add("on");
    show(what(id, number, kind));
  }

  function utterance(id) {
    const place = data.points.findIndex((found) => found[0] === id && found[2] === 2);
    if (place >= 0) point(place);
    else show(what(id, 0, 2));
  }

  /* the matrix */
  const cells = [...explore.querySelectorAll("td.hit")];
  function cell(chosenCell) {
    for (const other of cells) other.setAttribute("aria-pressed", other === chosenCell);
    const [truth, called] = chosenCell.dataset.cell.split(" ").map(Number);
    const here = data.said.map((runs, id) => [id, runs.filter(([place]) => place === called).length])
      .filter(([id, times]) => times && data.emotions[id] === data.classes[truth]);
    const list = element("ul");
    for (const [id, times] of here.slice(0, LISTED)) {
      const button = element("button", data.seeds.length > 1 ? `${data.ids[id]} ×${times}` : data.ids[id]);
      button.type = "button";
      button.addEventListener("click", () => utterance(id));
      list.append(element("li", "", button));
    }
    const more = here.length > LISTED ? `, of which ${LISTED} are listed` : "";
    const total = here.reduce((sum, [, times]) => sum + times, 0);
    show(element("p", `${data.classes[truth]}, called ${data.classes[called]}: ${total} times, `
      + `${here.length} utterance${here.length > 1 ? "s" : ""}${more}`), list);
  }
  for (const found of cells) {
    const [truth, called] = found.dataset.cell.split(" ").map(Number);
    found.setAttribute("role", "button");
    found.setAttribute("aria-pressed", "false");
    found.setAttribute("aria-label", `${data.classes[truth]} called ${data.classes[called]}: ${found.textContent} %`);
    found.tabIndex = found === cells[0] ? 0 : -1;
    found.addEventListener("click", () => { cell(found); focus(found); });
    found.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (event.key === "Enter" || event.key === " ") cell(found);
      else if (step) focus(next(cells.map((c) => c.dataset.cell.split(" ").map(Number)), [truth, called], step, cells));
      else return;
      event.preventDefault();
    });
  }
  function focus(found) {
    if (!found) return;
    for (const other of cells) other.tabIndex = other === found ? 0 : -1;
    found.focus();
  }

  /* Of all places the nearest in a direction: what lies aside counts double. */
  function next(places, from, step, of) {
    let best = null, least = Infinity;
    places.forEach((to, place) => {
      const along = (to[0] - from[0]) * step[0] + (to[1] - from[1]) * step[1];
      const aside = Math.abs((to[0] - from[0]) * step[1]) + Math.abs((to[1] - from[1]) * step[0]);
      const far = along + 2 * aside;
      if (along > 0 && far < least) [best, least] = [of[place], far];
    });
    return best;
  }

  if (!map) continue;
  map.tabIndex = 0;
  map.setAttribute("role", "application");
  map.setAttribute("aria-label", "t-SNE map: arrow keys go from point to point");
  const svg = map.querySelector("svg");
  const order = data.points.map((_, place) => place);
  function nearest(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    let best = -1, least = NEAR;
    data.points.forEach(([, , , x, y], place) => {
      const far = Math.hypot(x - at.x, y - at.y);
      if (far <= least) [best, least] = [place, far]; // of equals the one on top
    });
    return best;
  }
  for (const kind of ["pointermove", "pointerdown"]) {
    map.addEventListener(kind, (event) => {
      const place = nearest(event);
      if (place >= 0 && place !== chosen) point(place);
    });
  }
  map.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    if (event.key === "Home" || chosen < 0) return point(Math.max(0, data.points.findIndex((found) => found[2] === 2)));
    const [, , , x, y] = data.points[chosen];
    const found = next(data.points.map((to) => [to[3], to[4]]), [x, y], step, order);
    if (found !== null) point(found);
  });
}
