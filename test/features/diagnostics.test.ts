import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Presentation, present } from '../../server/src/features/diagnostics.ts';
import { diagnostic } from '../report/fixture.ts';

const where: Presentation = {
  uri: 'file:///src/linux/drivers/foo/ring.c',
  file: 'drivers/foo/ring.c',
  uriOf: (file) => `file:///src/linux/${file}`,
  relatedInformation: true,
  codeDescription: true,
  rulePages: 'membrane-rule:/',
};

test('an editor shows the path, and after it what it leads to on each platform', () => {
  const { message, relatedInformation } = present(diagnostic, where);
  assert.equal(message, diagnostic.message);
  assert.deepEqual(
    relatedInformation?.slice(-3).map((related) => related.message),
    [
      '5 __free_pages(): back to the allocator',
      'TDX, SNP+vTOM: the host reads it',
      'CCA: the next owner oopses',
    ],
  );
  // Told where the finding is: there is no other place in the source for what happens afterwards.
  assert.equal(relatedInformation?.at(-1)?.location.range.start.line, diagnostic.place.start.line - 1);
});

test('an editor without related information gets both in the message', () => {
  const { message, relatedInformation } = present(diagnostic, { ...where, relatedInformation: false });
  assert.equal(relatedInformation, undefined);
  assert.match(
    message,
    /\n {2}5 line 9: .*\n {2}TDX, SNP\+vTOM: the host reads it\n {2}CCA: the next owner oopses$/,
  );
});
