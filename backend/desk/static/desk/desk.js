// Asks before a button whose form says so; everything else works without script.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// The prescriber sees only the fields that the chosen pattern asks for.
const FIELDS = {
  daily: ["times", "meals", "every"],
  weekly: ["times", "meals", "every", "weekdays"],
  monthly: ["times", "meals", "month_day"],
  hours: ["times", "every"],
  cycle: ["times", "meals", "days_on", "days_off"],
  needed: [],
  keep: [],
};
const TIMED = [
  ...["times", "meals", "every", "weekdays", "month_day", "days_on", "days_off"],
  ...["starts", "ends", "zone_mode"],
];

function showPattern(select) {
  const wanted = FIELDS[select.value] || TIMED;
  const always = select.value === "keep" ? [] : ["starts", "ends", "zone_mode"];
  for (const name of TIMED) {
    const field = select.form.querySelector(`[data-field="${name}"]`);
    if (field) field.hidden = !wanted.includes(name) && !always.includes(name);
  }
  const most = select.form.querySelector('[data-field="most_a_day"]');
  if (select.value === "needed" && most) most.closest("details").open = true;
}

document.addEventListener("DOMContentLoaded", () => {
  const select = document.querySelector("select[name=pattern]");
  if (!select) return;
  select.addEventListener("change", () => showPattern(select));
  showPattern(select);
});

// An import's page follows it to its end; without script there is a link to reload.
async function follow(box) {
  try {
    const answer = await fetch(box.dataset.poll, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    if (!told.under_way) return void window.location.reload();
    box.querySelector("progress").value = told.percent;
    const words = box.querySelector("[data-words]");
    if (words.textContent !== told.words) words.textContent = told.words;
    document.querySelector("[data-state]").textContent = told.label;
  } catch {
    // The server was away for a moment: ask again.
  }
  setTimeout(() => follow(box), 1000);
}

// A file that is too large is told before it travels.
function weigh(input) {
  const file = input.files[0];
  const most = Number(input.dataset.most);
  const heavy = file && file.size > most;
  const note = input.parentElement.querySelector("small");
  input.setCustomValidity(heavy ? "The file is too large." : "");
  note.classList.toggle("ek-error", Boolean(heavy));
  input.form.querySelector("button.ek-main").disabled = Boolean(heavy);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("[data-poll]")) setTimeout(() => follow(box), 500);
});

// Caught on its way down: the theme's own listener writes the file's name into the form's first
// text field, whatever that asks for.
document.addEventListener(
  "change",
  (event) => {
    if (!event.target.matches("input[data-most]")) return;
    event.stopPropagation();
    weigh(event.target);
  },
  true,
);
