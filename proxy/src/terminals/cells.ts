/** How xterm.js packs a cell: content, fg and bg words (src/common/buffer/Constants.ts). Pure: constants. */

/** Colour mode of `fg`, `bg` and underline colour. */
export const CM = {
  mask: 0x3000000,
  p16: 0x1000000,
  p256: 0x2000000,
  rgb: 0x3000000,
  value: 0xffffff,
} as const;
export const FG = {
  inverse: 0x4000000,
  bold: 0x8000000,
  underline: 0x10000000,
  blink: 0x20000000,
  invisible: 0x40000000,
  strikethrough: 0x80000000,
} as const;
export const BG = {
  italic: 0x4000000,
  dim: 0x8000000,
  extended: 0x10000000,
  protected: 0x20000000,
  overline: 0x40000000,
} as const;
export const CELL = {
  words: 3,
  codepoint: 0x1fffff,
  combined: 0x200000,
  content: 0x3fffff,
  widthShift: 22,
} as const;
