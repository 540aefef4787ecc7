// Like buttons: sent without a new page. Without this script they are forms.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-like]");
  if (!form) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  body.set("part", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok || answer.redirected) return form.submit();
    const holder = document.createElement("template");
    holder.innerHTML = (await answer.text()).trim();
    const fresh = holder.content.firstElementChild;
    form.replaceWith(fresh);
    fresh.querySelector("button").focus();
  } catch {
    form.submit();
  }
});
