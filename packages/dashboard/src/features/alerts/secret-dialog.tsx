import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { notify } from '../../ui/notify.ts'

/** The secret of a signed webhook, this once. */
export function SecretDialog({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  const copy = async () => {
    await navigator.clipboard.writeText(secret)
    void notify({ level: 'success', title: 'Copied' })
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Copy the secret now"
      lead="The receiver verifies with it that a message is from Andon. It is not shown again."
      footer={
        <>
          <Button onClick={onClose}>I have it</Button>
          <Button look="primary" icon="copy" onClick={() => void copy()}>
            Copy
          </Button>
        </>
      }
    >
      <code className="block rounded-xl border border-line bg-sunken p-4 text-sm break-all select-all">{secret}</code>
    </Dialog>
  )
}
