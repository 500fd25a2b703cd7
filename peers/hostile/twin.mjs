// A twin of the gateway with one old defect: the source of one class as it is now with one text replaced, compiled
// against the built classes and put ahead of them; or a resource likewise. The text must be there exactly once: a twin
// cannot go stale unseen.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { JAR, folder, jdk, root } from './rig.mjs';

/** @returns the folder of the twin's classes */
export async function twin(t, source, text, replacement) {
  const directory = await folder(t);
  const original = await readFile(path.join(root, source), 'utf8');
  const parts = original.split(text);
  if (parts.length !== 2) {
    throw new Error(`${source} has "${text}" ${parts.length - 1} times and not once: make the twin anew`);
  }
  const classes = path.join(directory, 'classes');
  const [, resource] = source.split('/src/main/resources/');
  const changed = resource ? path.join(classes, resource) : path.join(directory, 'src', path.basename(source));
  await mkdir(classes);
  await mkdir(path.dirname(changed), { recursive: true });
  await writeFile(changed, parts.join(replacement));
  if (resource) return classes;
  const lib = path.join(path.dirname(JAR), 'lib');
  const jars = (await readdir(lib)).map((name) => path.join(lib, name));
  const options = ['-proc:none', '-nowarn', '-d', classes, '-cp', jars.join(path.delimiter)];
  execFileSync(jdk('javac'), [...options, changed], { stdio: 'pipe' });
  return classes;
}
