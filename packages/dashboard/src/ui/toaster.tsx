import { createRoot } from 'react-dom/client'
import { toast, Toaster } from 'sonner'

const place = document.createElement('div')
document.body.append(place)
createRoot(place).render(<Notices />)

function Notices() {
  return (
    <Toaster
      position="bottom-right"
      closeButton
      expand
      offset={16}
      mobileOffset={{ bottom: 84, left: 12, right: 12 }}
      toastOptions={{
        classNames: {
          toast:
            '!bg-raised !text-ink !border-line !rounded-xl !shadow-pop !font-sans !text-sm !gap-3 !items-start !p-4',
          title: '!font-semibold',
          description: '!text-muted',
          icon: '!mt-0.5',
          success: '[&_[data-icon]]:!text-ok',
          error: '[&_[data-icon]]:!text-bad',
          warning: '[&_[data-icon]]:!text-warn',
          info: '[&_[data-icon]]:!text-run',
          actionButton: '!bg-accent !text-on-accent !h-9 !rounded-lg !px-3 !font-medium',
          closeButton: '!bg-raised !text-ink !border-line !size-6',
        },
      }}
    />
  )
}

export { toast }
