/** What is wrong with the bytes of an IPP message. Never leaves this package: the client turns it into a value. */
export class IppFormatError extends Error {
  override readonly name = 'IppFormatError'
}

const END_OF_ATTRIBUTES = 0x03
const FIRST_VALUE_TAG = 0x10
/** Fixed lengths by value tag (RFC 8010 §3.9). */
const FIXED_LENGTHS: Readonly<Record<number, number>> = { 0x21: 4, 0x22: 1, 0x23: 4, 0x31: 11, 0x32: 9, 0x33: 8 }
/** Value tags whose length the codec reads by itself. */
const VARIABLE_TAGS = new Set([0x30, 0x34, 0x37, 0x41, 0x42, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a])
const WITH_LANGUAGE_TAGS = new Set([0x35, 0x36])
const BEGIN_COLLECTION = 0x34
const END_COLLECTION = 0x37
const MAX_DEPTH = 16

/**
 * Walks the structure of an IPP message (RFC 8010 §3) before the codec reads it. The codec takes lengths as signed
 * numbers and reads fixed-size values whatever length they state, so that a malformed answer could make it read
 * backwards for ever.
 *
 * @throws IppFormatError for anything that is cut, has a length that does not fit, or nests deeper than 16.
 * @returns the position after the attributes, where the document data begins.
 */
export function checkStructure(bytes: Buffer): number {
  if (bytes.length < 9) throw new IppFormatError('The message is shorter than an IPP header.')
  let position = 8
  let depth = 0
  let inGroup = false
  for (;;) {
    const tag = byteAt(bytes, position)
    if (tag < FIRST_VALUE_TAG) {
      if (depth !== 0) throw new IppFormatError('A collection is not closed.')
      if (tag === END_OF_ATTRIBUTES) return position + 1
      if (tag === 0) throw new IppFormatError('Group tag 0 is reserved.')
      inGroup = true
      position += 1
      continue
    }
    if (!inGroup) throw new IppFormatError('An attribute stands outside of a group.')
    const next = checkValue(bytes, position, tag)
    if (tag === BEGIN_COLLECTION) depth += 1
    if (tag === END_COLLECTION) depth -= 1
    if (depth < 0 || depth > MAX_DEPTH) throw new IppFormatError('Collections are nested wrongly.')
    position = next
  }
}

function checkValue(bytes: Buffer, position: number, tag: number): number {
  const nameLength = lengthAt(bytes, position + 1)
  const valueAt = position + 3 + nameLength
  const valueLength = lengthAt(bytes, valueAt)
  const end = valueAt + 2 + valueLength
  if (end > bytes.length) throw new IppFormatError('A value is cut.')
  if (bytes.toString('latin1', position + 3, valueAt).startsWith('__')) {
    throw new IppFormatError('An attribute has an impossible name.')
  }
  checkLength(bytes, { tag, valueAt: valueAt + 2, valueLength })
  return end
}

function checkLength(bytes: Buffer, value: { tag: number; valueAt: number; valueLength: number }): void {
  const { tag, valueAt, valueLength } = value
  const fixed = FIXED_LENGTHS[tag]
  if (fixed !== undefined) {
    if (valueLength !== fixed) throw new IppFormatError(`A value of tag ${tag} has ${valueLength} bytes.`)
    return
  }
  if (WITH_LANGUAGE_TAGS.has(tag)) {
    const languageLength = lengthAt(bytes, valueAt)
    const textLength = lengthAt(bytes, valueAt + 2 + languageLength)
    // The codec tells two forms apart by the first byte, which is the high byte of this length.
    if (languageLength > 255 || languageLength + textLength + 4 !== valueLength) {
      throw new IppFormatError('A text with language is cut.')
    }
    return
  }
  if (!VARIABLE_TAGS.has(tag) && valueLength !== 0) throw new IppFormatError(`Tag ${tag} is unknown.`)
}

function byteAt(bytes: Buffer, position: number): number {
  const byte = bytes[position]
  if (byte === undefined) throw new IppFormatError('The message is cut.')
  return byte
}

function lengthAt(bytes: Buffer, position: number): number {
  if (position + 2 > bytes.length) throw new IppFormatError('The message is cut.')
  const length = bytes.readUInt16BE(position)
  if (length > 0x7fff) throw new IppFormatError('A length is negative.')
  return length
}
