import { permit } from './policy.ts'
import { type Actor, canReadPayloads, hasRole } from './actor.ts'

/** What may be done with documents, and by whom. */
export const DOCUMENTS = {
  read: permit('documents.read', 'viewer', ['read', 'jobs']),
  upload: permit('documents.upload', 'operator', ['jobs']),
} as const

/** Whether the actor may know of a document: its own ones, and all from supervisor up. */
export function canSeeDocument(actor: Actor, document: { readonly accountId: number | null }): boolean {
  return hasRole(actor, 'supervisor') || document.accountId === actor.accountId
}

/** Whether the actor may look into a document: its own ones, and those of others with the permission for payloads. */
export function canReadDocument(actor: Actor, document: { readonly accountId: number | null }): boolean {
  return document.accountId === actor.accountId || canReadPayloads(actor)
}
