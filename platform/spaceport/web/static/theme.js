// Runs before anything is drawn, so that a visitor's own choice of colours does not flash, and what needs a script has its
// place from the beginning.
document.documentElement.dataset.scripted = "";
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: the system's colours are used then.
}
