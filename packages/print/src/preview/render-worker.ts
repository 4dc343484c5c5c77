import { parentPort } from 'node:worker_threads'
import { messageOf } from '@andon/core'
import { ready } from 'zpl-renderer-js'

/** One label to draw. */
export interface RenderRequest {
  readonly zpl: string
  readonly widthMm: number
  readonly heightMm: number
  /** Dots for each millimetre. */
  readonly dpmm: number
}

export type RenderAnswer = { readonly png: Uint8Array } | { readonly error: string }

parentPort?.on('message', (request: RenderRequest) => {
  void render(request).then((answer) => parentPort?.postMessage(answer))
})

async function render({ zpl, widthMm, heightMm, dpmm }: RenderRequest): Promise<RenderAnswer> {
  try {
    const { api } = await ready
    return { png: Buffer.from(await api.zplToBase64Async(zpl, widthMm, heightMm, dpmm), 'base64') }
  } catch (error) {
    return { error: messageOf(error) }
  }
}
