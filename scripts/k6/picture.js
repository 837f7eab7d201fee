// A picture file without a file: a BMP of side × side pixels, red and blue in turns.

export function picture(side) {
  const row = Math.ceil((side * 3) / 4) * 4;
  const bytes = new Uint8Array(54 + row * side);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, side, true);
  view.setInt32(22, side, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  view.setUint32(34, row * side, true);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) bytes[54 + y * row + 3 * x + (y & 8 ? 0 : 2)] = 255;
  }
  return bytes.buffer;
}
