/**
 * What a frame of input is, where that decides something. Pure.
 */

const MAX_KEY_BYTES = 16;

/** Bytes that ask a program to stop: ^C, ^\\ and ^Z. */
export function isInterrupt(input: Uint8Array): boolean {
  // A paste may contain anything; keys come in a few bytes.
  return (
    input.length <= MAX_KEY_BYTES && input.some((byte) => byte === 0x03 || byte === 0x1c || byte === 0x1a)
  );
}

/** Some reports of a moved mouse that came in one frame. Bytes. */
const MAX_REPORT_BYTES = 256;
const ESC = 0x1b;
/** CSI I and CSI O: the focus came or went (mode 1004). */
const FOCUS = /^(?:\x1b\[[IO])+$/;
/** SGR reports (modes 1006 and 1016): button code; column; row. */
const MOUSE = /\x1b\[<(\d{1,4});\d{1,5};\d{1,5}[Mm]/y;
/** Of a button code: it moved, and no button was held. The other bits are modifier keys. */
const MOVED_ALONE = 0b10_0011;
const MODIFIERS = 0b1_1100;

/**
 * Whether a person typed, clicked or scrolled. Not when their terminal reports by itself that it has lost the focus, or
 * that the mouse went across it: a phone that is put into a pocket must not take the size with it (TR8).
 */
export function isTyping(input: Uint8Array): boolean {
  if (input[0] !== ESC || input.length > MAX_REPORT_BYTES) return true;
  const text = String.fromCharCode(...input);
  return !FOCUS.test(text) && !isHover(text);
}

function isHover(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    MOUSE.lastIndex = at;
    const report = MOUSE.exec(text);
    if (!report || (Number(report[1]) & ~MODIFIERS) !== MOVED_ALONE) return false;
    at = MOUSE.lastIndex;
  }
  return true;
}
