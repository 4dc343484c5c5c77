import { keepSecret, readSecret, type SecretName, type Store } from '@andon/store'

/** A secret that is made once for the installation, at the first use, and read from the database once by each server. */
export class KeptSecret<T> {
  readonly #store: Store
  readonly #name: SecretName
  readonly #make: () => Promise<T>
  #secret: Promise<T> | null = null

  constructor(store: Store, name: SecretName, make: () => Promise<T>) {
    this.#store = store
    this.#name = name
    this.#make = make
  }

  read(): Promise<T> {
    this.#secret ??= this.#find().catch((error: unknown) => {
      this.#secret = null
      throw error
    })
    return this.#secret
  }

  async #find(): Promise<T> {
    return (await readSecret<T>(this.#store, this.#name)) ?? keepSecret(this.#store, this.#name, await this.#make())
  }
}
