import type { Handler, JobContext } from '../handler.ts'
import { JobFolder } from '../isolation/job-folder.ts'

/** What a handler in Node sees of its job. */
export interface NodeJobContext extends JobContext {
  /** A folder for this attempt alone: made when it is first asked for, gone when the attempt has ended. */
  folder(): Promise<string>
}

/** The code for one job type, in Node. */
export type NodeHandler = (job: NodeJobContext) => unknown

/** A handler in the worker's own process, with a folder of its own for each attempt. */
export function inProcess(handler: NodeHandler): Handler {
  return async (job) => {
    const folder = new LazyFolder()
    try {
      return await handler(withFolder(job, folder))
    } finally {
      await folder.remove()
    }
  }
}

/** Everything of the job, its signal untouched until the handler looks at it. */
function withFolder(job: JobContext, folder: LazyFolder): NodeJobContext {
  return Object.create(job, { folder: { value: () => folder.path() } }) as NodeJobContext
}

class LazyFolder {
  #made: Promise<JobFolder> | null = null

  async path(): Promise<string> {
    this.#made ??= JobFolder.make()
    return (await this.#made).path
  }

  async remove(): Promise<void> {
    await (await this.#made)?.[Symbol.asyncDispose]()
  }
}
