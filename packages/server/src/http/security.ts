import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** Where a page of a station finds QZ Tray, which listens on the machine of the browser only, on ports that can be set. */
const QZ_TRAY = ['localhost', 'localhost.qz.io'].flatMap((host) => [`ws://${host}:*`, `wss://${host}:*`])

/**
 * Strict headers on every answer. No inline script anywhere; inline styles are allowed, since the widgets of the
 * dashboard place themselves by them. Nothing is upgraded to TLS, because Andon may serve plain HTTP inside a shop.
 */
export async function addSecurityHeaders(app: FastifyInstance, options: { readonly isSecure: boolean }): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'", ...QZ_TRAY],
        fontSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        manifestSrc: ["'self'"],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        scriptSrcAttr: ["'none'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        workerSrc: ["'self'", 'blob:'],
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: options.isSecure ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  })
}
