// Widths of text in the widest of the fonts that may show it, and cutting; the tables come with the data of the page.

export let widths = { regular: [], bold: [], others: {} };

export function useWidths(given) {
  widths = given;
}

export function width(text, size, bold = false) {
  const table = bold ? widths.bold : widths.regular;
  let total = 0;
  for (const c of text) {
    const code = c.codePointAt(0);
    total += code >= 32 && code < 127 ? table[code - 32] : other(c, code);
  }
  return (total * size) / 1000;
}

function other(c, code) {
  if (c in widths.others) return widths.others[c];
  if (/^[\p{Mn}\p{Me}\p{Cf}]$/u.test(c)) return 0;
  if (code >= 0x1f000) return 1250;
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]$/u.test(c) ? 1000 : 760;
}

export function cut(text, room, size, bold = false) {
  if (width(text, size, bold) <= room) return text;
  const clusters = text.match(/.(?:[\p{Mn}\p{Me}\p{Cf}]|(?<=\u200d).)*/gsu) || [];
  const pieced = (kept) => {
    const tail = Math.floor((kept + 1) / 2);
    return clusters.slice(0, kept - tail).join("") + "…" + clusters.slice(clusters.length - tail).join("");
  };
  let fits = -1;
  let tooMany = clusters.length;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (width(pieced(middle), size, bold) <= room) fits = middle;
    else tooMany = middle;
  }
  return fits >= 0 ? pieced(fits) : "";
}
