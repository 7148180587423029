/** What of a paste reaches a program. Pure. */

/** Control characters but tab and line ends: among them ESC, which could close a bracketed paste and go on as keys. */
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f]/g;

export const pastedText = (text: string): string => text.replace(CONTROLS, '');

/** Without brackets around it a shell runs each line as it comes. A line end at the very end is what people copy along. */
export const isRisky = (text: string, bracketed: boolean): boolean =>
  !bracketed && /[\r\n]/.test(text.trimEnd());
