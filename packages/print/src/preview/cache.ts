/** Keeps pictures up to a number of bytes; those that were not asked for longest go first. */
export class PictureCache {
  readonly #maxBytes: number
  readonly #pictures = new Map<string, Uint8Array>()
  #sizeBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get(key: string): Uint8Array | null {
    const picture = this.#pictures.get(key)
    if (picture === undefined) return null
    this.#pictures.delete(key)
    this.#pictures.set(key, picture)
    return picture
  }

  set(key: string, picture: Uint8Array): void {
    this.#remove(key)
    if (picture.byteLength > this.#maxBytes) return
    this.#pictures.set(key, picture)
    this.#sizeBytes += picture.byteLength
    for (const oldest of this.#pictures.keys()) {
      if (this.#sizeBytes <= this.#maxBytes) return
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    this.#sizeBytes -= this.#pictures.get(key)?.byteLength ?? 0
    this.#pictures.delete(key)
  }
}
