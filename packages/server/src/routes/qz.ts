import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { STATIONS } from '../policies/stations.ts'

const SignRequest = Type.Object(
  {
    request: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the call, its parameters and its time, in hexadecimal: what QZ Tray has its client sign',
    }),
  },
  { additionalProperties: false },
)
const Signature = Type.Object({
  signature: Type.String({ description: 'RSA with SHA-512, base64' }),
  algorithm: Type.Literal('SHA512'),
})

/** What stations need to be let in by their QZ Tray. */
export function qzRoutes({ qz }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/qz/certificate',
      tag: 'stations',
      summary: 'The certificate that QZ Tray is to trust, as PEM',
      policy: STATIONS.sign,
      answer: { status: 200, schema: Type.Object({ certificate: Type.String() }) },
      run: async () => ({ certificate: await qz.certificate() }),
    }),
    route({
      method: 'POST',
      url: '/api/qz/sign',
      tag: 'stations',
      summary: 'Signs a request of a station to its QZ Tray; nothing else than the digest of one is signed',
      policy: STATIONS.sign,
      body: SignRequest,
      answer: { status: 200, schema: Signature },
      run: async ({ body }) => ({ signature: await qz.sign(body.request), algorithm: 'SHA512' }),
    }),
  ]
}
