import fc from 'fast-check';
import t from 'tap';
import { Heap } from '../../src/discovery/heap.ts';

t.test('subjects come in the order of their times', async (t) => {
  const heap = new Heap<string>();
  t.equal(heap.first, Number.POSITIVE_INFINITY);
  t.equal(heap.take(Number.POSITIVE_INFINITY), undefined);
  heap.add('b', 2);
  heap.add('a', 1);
  t.equal(heap.first, 1);
  t.equal(heap.take(0), undefined, 'none is due yet');
  t.same([heap.take(2), heap.take(2), heap.take(2)], ['a', 'b', undefined]);
});

t.test('the earlier of two times counts', async (t) => {
  const heap = new Heap<string>();
  heap.add('a', 5);
  heap.add('a', 9);
  t.equal(heap.first, 5);
  heap.add('a', 3);
  t.equal(heap.first, 3);
  t.equal(heap.take(3), 'a');
  t.notOk(heap.has('a'), 'only once');
});

/** The same as a list that is searched each time. */
class Model {
  readonly times = new Map<number, number>();

  get first(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.times.values());
  }

  add(subject: number, at: number): void {
    this.times.set(subject, Math.min(at, this.times.get(subject) ?? at));
  }

  delete(subject: number): void {
    this.times.delete(subject);
  }

  /** Whether the heap may take this subject. Of several that are due first, it may take any. */
  take(subject: number | undefined, now: number): boolean {
    const { first } = this;
    if (subject === undefined) return first > now;
    const right = first <= now && this.times.get(subject) === first;
    this.delete(subject);
    return right;
  }
}

const subject = fc.nat(20);
const time = fc.nat(50);
type Operation = (heap: Heap<number>, model: Model) => boolean;

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(subject, time).map(
    ([subject, at]): Operation =>
      (heap, model) => {
        heap.add(subject, at);
        model.add(subject, at);
        return true;
      },
  ),
  subject.map(
    (subject): Operation =>
      (heap, model) => {
        heap.delete(subject);
        model.delete(subject);
        return true;
      },
  ),
  time.map(
    (now): Operation =>
      (heap, model) =>
        model.take(heap.take(now), now),
  ),
);

t.test('like a list that is searched each time, whatever is done', async (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const [heap, model] = [new Heap<number>(), new Model()];
      const right = operations.every((each) => each(heap, model) && heap.first === model.first);
      return (
        right && [...Array(21).keys()].every((each) => heap.has(each) === model.times.has(each))
      );
    }),
  );
  t.pass('all alike');
});
