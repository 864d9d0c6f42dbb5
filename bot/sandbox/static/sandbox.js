// The page's hands: clicks, modals, commands; and its eyes: it draws itself again when the sandbox's revision changes.
"use strict";

const { member, channel } = document.body.dataset;
const busy = new Set(); // what was pressed and is not answered yet, so that a redraw keeps its spinner
let revision = document.body.dataset.revision;

const $ = (selector, root = document) => root.querySelector(selector);

async function order(name, ask) {
  const response = await fetch(`/control/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ member, ...ask }),
  });
  return response.json();
}

let toastTimer;
function toast(text) {
  $("#toast").textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("#toast").textContent = ""; }, 5000);
}

// --- drawing again ---

async function look() {
  try {
    const now = String((await (await fetch("/revision")).json()).revision);
    if (now !== revision) {
      revision = now;
      await redraw();
    }
  } catch {
    // The sandbox is away for a moment; the next look finds it again.
  }
  setTimeout(look, document.hidden ? 2000 : 300);
}

async function redraw() {
  const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next) continue;
    if (part.id === "modal") swapModal(part, next);
    else if (part.innerHTML !== next.innerHTML) swap(part, next);
  }
}

function swap(part, next) {
  const scroll = part.closest(".scroll");
  const atEnd = scroll && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const focused = part.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const touched = touchedIn(part);
  part.replaceChildren(...next.childNodes);
  touchAgain(part, touched);
  for (const button of part.querySelectorAll("[data-action]")) {
    if (busy.has(keyOf(button))) button.classList.add("busy");
    if (focused && keyOf(button) === focused) button.focus();
  }
  // What was pressed is gone: the focus stays with its message, and on no button that a second Enter would press.
  const message = focused && !part.contains(document.activeElement) && part.querySelector(`[data-ts="${focused.split("|")[0]}"]`);
  if (message) {
    message.tabIndex = -1;
    message.focus({ preventScroll: true });
  }
  if (atEnd) toEnd(scroll);
  placeOpen();
  seen();
}

const keyOf = (element) => [
  element.closest("[data-ts]")?.dataset.ts ?? element.closest("[data-view]")?.dataset.view,
  element.dataset.block, element.dataset.action, element.getAttribute("href"), element.dataset.value,
].join("|");

// What a person chose or opened and did not send stays through a redraw, as in Slack.
function touchedIn(part) {
  const fields = [...part.querySelectorAll("[name][data-action]")].filter((field) => (
    "options" in field ? ![...field.options].every((option) => option.selected === option.defaultSelected)
      : field.checked !== field.defaultChecked || field.value !== field.defaultValue
  ));
  return {
    fields: fields.map((field) => [keyOf(field), field.value, field.checked]),
    open: [...part.querySelectorAll("details[open] [data-action]")].map(keyOf),
  };
}

function touchAgain(part, { fields, open }) {
  for (const field of part.querySelectorAll("[name][data-action]")) {
    for (const [key, value, checked] of fields) {
      if (keyOf(field) !== key) continue;
      if (["radio", "checkbox"].includes(field.type)) {
        if (field.value === value) field.checked = checked;
      } else field.value = value;
    }
  }
  for (const item of part.querySelectorAll("details [data-action]")) {
    if (open.includes(keyOf(item))) item.closest("details").open = true;
  }
}

function toEnd(scroll = $("#scroll")) {
  if (scroll && $("[data-ts]", scroll)) scroll.scrollTop = scroll.scrollHeight;
}

let lastSeen = "";
function seen() {
  const last = [...document.querySelectorAll("#content [data-ts]")].at(-1)?.dataset.ts;
  if (!last || last === lastSeen || document.hidden) return;
  lastSeen = last;
  order("read", { channel, ts: last });
}

// --- modals ---

// What was pressed last on the page itself: the focus goes back there when the modal that it opened is gone.
let opener = null;

function backToOpener() {
  const pressed = [...document.querySelectorAll("[data-action]")].find((element) => keyOf(element) === opener);
  (pressed?.closest("details.more")?.querySelector("summary") ?? pressed ?? $(".composer textarea"))?.focus();
}

function swapModal(part, next) {
  const [old, fresh] = [$("dialog", part), $("dialog", next)];
  if (!old && !fresh) return;
  const same = old && fresh && old.dataset.view === fresh.dataset.view;
  if (same && old.dataset.hash === fresh.dataset.hash) return;
  const typed = same ? valuesOf(old) : {};
  const focused = same && old.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  old?.close();
  part.replaceChildren(...next.childNodes);
  showModal(typed, focused);
  if (!fresh) backToOpener();
}

function showModal(typed = {}, focused = null) {
  const dialog = $("#modal dialog");
  if (!dialog) return;
  for (const [block, fields] of Object.entries(typed)) {
    for (const [action, value] of Object.entries(fields)) {
      for (const field of dialog.querySelectorAll(`[name="${CSS.escape(`${block}/${action}`)}"]`)) {
        if (field.type === "checkbox") field.checked = value.includes(field.value);
        else if (field.type === "radio") field.checked = field.value === value;
        else field.value = value ?? "";
      }
    }
  }
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); closeModal(); });
  dialog.addEventListener("close", () => { if (dialog.isConnected) closeModal(); }); // a second Escape cannot be refused
  dialog.showModal();
  const before = focused && [...dialog.querySelectorAll("[data-action]")].find((field) => keyOf(field) === focused);
  (before || $("input, textarea, select", dialog))?.focus();
}

function closeModal() {
  const dialog = $("#modal dialog");
  if (!dialog) return;
  order("close", { view_id: dialog.dataset.view });
  dialog.remove();
  backToOpener();
}

function valuesOf(root) {
  const values = {};
  for (const field of root.querySelectorAll("[name][data-action]")) {
    const { block, action } = field.dataset;
    values[block] ??= {};
    if (field.type === "checkbox") {
      values[block][action] ??= [];
      if (field.checked) values[block][action].push(field.value);
    } else if (field.type === "radio") {
      if (field.checked) values[block][action] = field.value;
      else values[block][action] ??= null;
    } else {
      values[block][action] = field.value;
    }
  }
  return values;
}

async function submitModal(dialog) {
  const button = $('[data-testid="modal-submit"]', dialog);
  if (!button || button.disabled) return;
  button.disabled = true;
  button.classList.add("busy");
  complain(dialog, {}, null);
  const result = await order("submit", { view_id: dialog.dataset.view, values: valuesOf(dialog) });
  button.disabled = false;
  button.classList.remove("busy");
  complain(dialog, result.errors ?? {}, result.warning ?? (result.error ? `Slack says: ${result.error}` : null));
  const gone = ["close", "clear"].includes(result.action);
  if (gone) dialog.remove();
  await redraw();
  if (gone) backToOpener();
}

function complain(dialog, errors, warning) {
  for (const block of dialog.querySelectorAll(".b-input")) {
    const sentence = errors[block.dataset.block];
    const place = $(".b-error", block);
    place.textContent = sentence ?? "";
    place.hidden = !sentence;
    block.classList.toggle("wrong", Boolean(sentence));
  }
  const place = $('[data-testid="modal-warning"]', dialog);
  place.textContent = warning ?? "";
  place.hidden = !warning;
}

// --- buttons and menus ---

function confirmed(text) {
  const dialog = $("#confirm");
  $("#confirm-title").textContent = text.title.text;
  $("#confirm-text").textContent = text.text.text;
  $("#confirm-no").textContent = text.deny.text;
  const yes = $("#confirm-yes");
  yes.textContent = text.confirm.text;
  yes.className = text.style === "danger" ? "btn btn-danger solid" : "btn btn-primary";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
  });
}

async function use(element, value) {
  const key = keyOf(element);
  if (busy.has(key)) return;
  if (!element.closest("dialog")) opener = key;
  if (element.dataset.confirm && !(await confirmed(JSON.parse(element.dataset.confirm)))) return;
  const view = element.closest("[data-view]");
  const ts = element.closest("[data-ts]")?.dataset.ts;
  busy.add(key);
  element.classList.add("busy");
  const values = valuesOf(view ?? element.closest(".blocks"));
  const where = view ? { view_id: view.dataset.view, values } : { channel, ts, values };
  const { action, block } = element.dataset;
  const result = await order("click", { ...where, action_id: action, block_id: block, value });
  busy.delete(key);
  document.querySelectorAll(".busy").forEach((other) => { if (keyOf(other) === key) other.classList.remove("busy"); });
  if (result.error) toast(`Slack says: ${result.error}`);
  else if (view && result.warning) toast(result.warning);
  await redraw();
}

function chosen(field) {
  if (field.type !== "checkbox") return field.value || null;
  const ticked = field.form.querySelectorAll(`[name="${CSS.escape(field.name)}"]:checked`);
  return [...ticked].map((other) => other.value);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action], a[data-action]");
  const menu = event.target.closest("details.more");
  for (const open of document.querySelectorAll("details.more[open]")) if (button || open !== menu) open.open = false;
  if (button) use(button, button.dataset.value);
  else if (event.target.closest("[data-dismiss]")) {
    order("dismiss", { channel, ts: event.target.closest("[data-ts]").dataset.ts }).then(redraw);
  } else if (event.target.closest("[data-close]")) closeModal();
});

// A menu that would end below the page opens upwards; so does an open one that a scroll or a redraw has brought there.
function place(menu) {
  menu.classList.remove("up");
  const scroll = menu.closest(".scroll, .modal-body");
  if (scroll) menu.classList.toggle("up", menu.getBoundingClientRect().bottom > scroll.getBoundingClientRect().bottom);
}

const placeOpen = () => document.querySelectorAll("details.more[open] .menu").forEach(place);

document.addEventListener("toggle", (event) => {
  const menu = event.target.open && event.target.querySelector(".menu");
  if (menu) place(menu);
}, true);
document.addEventListener("scrollend", placeOpen, true);

document.addEventListener("change", (event) => {
  const field = event.target.closest("select[data-action], input[data-action]");
  if (field && !field.closest(".b-input:not([data-dispatch])")) use(field, chosen(field));
});

document.addEventListener("submit", (event) => {
  const dialog = event.target.closest("#modal dialog");
  if (dialog) {
    event.preventDefault();
    submitModal(dialog);
  } else if (event.target.matches("[data-say]")) {
    event.preventDefault();
    send(event.target);
  } else if (event.target.matches(".blocks, .home")) {
    event.preventDefault();
  }
});

// --- the composer ---

async function send(form) {
  const field = form.elements.text;
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  opener = null;
  const ask = { text, channel, thread_ts: form.dataset.say || undefined };
  const known = await order(text.startsWith("/") && !ask.thread_ts ? "command" : "say", ask);
  if (known.error) toast(`Slack says: ${known.error}`);
  await redraw();
  toEnd(form.parentElement.querySelector(".scroll"));
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-say]");
  if (form && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send(form);
  } else if (event.key === "Escape") {
    const [open] = document.querySelectorAll("details.more[open]");
    if (open) {
      open.open = false;
      $("summary", open).focus();
    } else if (event.target.closest(".aside")) $('[data-testid="thread-close"]')?.click();
  }
});

if (!location.hash) toEnd();
seen();
showModal();
if (member && channel === `D${member.slice(1)}`) {
  order("event", { type: "app_home_opened", tab: location.search.includes("tab=home") ? "home" : "messages" });
}
look();
