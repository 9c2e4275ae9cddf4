// Asks before a button whose form says so; everything else works without script.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// The prescriber sees only the fields that the chosen pattern asks for.
const FIELDS = {
  daily: ["times", "every"],
  weekly: ["times", "every", "weekdays"],
  monthly: ["times", "month_day"],
  hours: ["times", "every"],
  keep: [],
};
const TIMED = ["times", "every", "weekdays", "month_day", "starts", "ends", "zone_mode"];

function showPattern(select) {
  const wanted = FIELDS[select.value] || TIMED;
  const always = select.value === "keep" ? [] : ["starts", "ends", "zone_mode"];
  for (const name of TIMED) {
    const field = select.form.querySelector(`[data-field="${name}"]`);
    if (field) field.hidden = !wanted.includes(name) && !always.includes(name);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const select = document.querySelector("select[name=pattern]");
  if (!select) return;
  select.addEventListener("change", () => showPattern(select));
  showPattern(select);
});
