// The prices follow the tick of the coupon at once. Where no script runs they do when the form is sent.
const tick = document.querySelector('input[type="checkbox"][name="coupon"]');
const plans = [...document.querySelectorAll('option[data-other]')].map((option) => ({
  option,
  label: option.textContent,
  other: option.dataset.other,
}));

function showPrices() {
  for (const { option, label, other } of plans)
    option.textContent = tick.checked === tick.defaultChecked ? label : other;
}

if (tick !== null) {
  tick.addEventListener('change', showPrices);
  // A browser that goes back to the page ticks what was ticked.
  window.addEventListener('pageshow', showPrices);
}
