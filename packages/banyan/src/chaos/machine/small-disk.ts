import { execFile } from 'node:child_process'
import { chmod, mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SmallDiskOptions {
  /** Becomes the disk; made when missing. */
  readonly folder: string
  readonly megabytes: number
  /** Where it is kept. `memory`: nothing is flushed. `file`: beside the folder, as long as it is mounted; what is flushed is flushed. */
  readonly kept: 'memory' | 'file'
}

/** A disk of its own, so small that it can be filled. Only root may mount one. */
export interface SmallDisk extends AsyncDisposable {
  /** Leaves no byte. */
  fill(): Promise<void>
  free(): Promise<void>
  readFreeBytes(): Promise<number>
}

/** @throws where it cannot be mounted. */
export async function mountSmallDisk({ folder, megabytes, kept }: SmallDiskOptions): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true })
  const image = `${folder}.image`
  if (kept === 'file') await mountFile({ folder, image, megabytes })
  else await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  await chmod(folder, 0o755) // the database server runs as another user when this is root
  const ballast = join(folder, 'ballast')
  const readFreeBytes = async () => {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  }
  return {
    readFreeBytes,
    async fill() {
      await using file = await open(ballast, 'a')
      await run('fallocate', ['--offset', '0', '--length', String(await readFreeBytes()), ballast]).catch(ignoreFull)
      for (const bytes of [1_048_576, 4_096]) await writeUntilFull(file, Buffer.alloc(bytes))
    },
    free: () => rm(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      // Whoever has a file open on it keeps it until the end.
      await run('umount', ['--lazy', folder])
      await rm(folder, { recursive: true, force: true })
      await rm(image, { force: true })
    },
  }
}

async function mountFile({
  folder,
  image,
  megabytes,
}: Omit<SmallDiskOptions, 'kept'> & { image: string }): Promise<void> {
  await using file = await open(image, 'w')
  await file.truncate(megabytes * 1_048_576)
  await run('mkfs.ext4', ['-q', '-m', '0', image])
  await run('mount', ['-o', 'loop', image, folder])
}

/** Others took some of it meanwhile: what is left is written full. */
function ignoreFull(error: Error & { readonly stderr?: string }): void {
  if (!/No space left/.test(error.stderr ?? '')) throw error
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, block: Buffer): Promise<void> {
  try {
    for (;;) await file.write(block)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
