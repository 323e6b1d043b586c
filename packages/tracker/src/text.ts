// Text from a tracker is for people. It is decoded forgivingly (trackers send windows-1251 and worse) and loses its
// control characters, which could repaint the terminal it is shown in.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

export function readableText(bytes: Uint8Array): string {
  return decoder.decode(bytes).replace(CONTROLS, ' ');
}

export function textBytes(text: string): Uint8Array {
  return encoder.encode(text);
}
