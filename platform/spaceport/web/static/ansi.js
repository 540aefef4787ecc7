// A line of terminal output as text with the sixteen colours; everything else a terminal understands is left out.
const OTHER = /\x1b(?:\[[0-?]*[ -/]*[@-ln-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -Z\\\]^_`a-~])/g;
const CONTROLS = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

function changed(style, codes) {
  const next = { ...style };
  for (const code of codes.length ? codes : [0]) {
    if (code === 0) Object.assign(next, { color: "", bold: false, faint: false });
    else if (code === 1) next.bold = true;
    else if (code === 2) next.faint = true;
    else if (code === 22) Object.assign(next, { bold: false, faint: false });
    else if (code === 39) next.color = "";
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) next.color = `ansi-${code}`;
    else if (code === 38 || code === 48) break; // 256 colours: what follows are not codes of their own.
  }
  return next;
}

/** Nodes for one line; of a progress bar that overwrites itself only the last state. */
export function lineNodes(text) {
  const last = text.replace(/[\r\n]+$/, "").split("\r").pop();
  if (!last.includes("\x1b")) return [document.createTextNode(last.replace(CONTROLS, ""))];
  const nodes = [];
  let style = { color: "", bold: false, faint: false };
  // Colours end with "m"; splitting at them keeps the codes at odd places.
  last.replace(OTHER, "").split(/\x1b\[([0-9;]*)m/).forEach((piece, place) => {
    if (place % 2) {
      style = changed(style, piece.split(";").filter(Boolean).map(Number));
    } else if (piece) {
      const span = document.createElement("span");
      span.className = [style.color, style.bold && "ansi-bold", style.faint && "ansi-faint"].filter(Boolean).join(" ");
      span.textContent = piece.replace(CONTROLS, "").replaceAll("\x1b", "");
      nodes.push(span);
    }
  });
  return nodes;
}
