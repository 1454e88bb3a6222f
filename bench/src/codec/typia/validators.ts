/**
 * The payloads in typia's words: of each, its JSON form as a type. `transform.ts` writes the functions in place of the
 * calls when the bench is built; before that they only throw.
 */
import typia, { type tags } from 'typia';

type Text<Least extends number, Most extends number> = string & tags.MinLength<Least> & tags.MaxLength<Most>;
type AtMost<Most extends number> = string & tags.MaxLength<Most>;
type Int = number & tags.Type<'int64'>;
type Count = Int & tags.Minimum<0>;
type Positive = Int & tags.ExclusiveMinimum<0>;
type Within<Low extends number, High extends number> = number & tags.Minimum<Low> & tags.Maximum<High>;
type Currency = 'EUR' | 'USD' | 'GBP';

interface Login {
  email: string & tags.Format<'email'>;
  password: Text<8, 128>;
  remember?: boolean;
  device: AtMost<60>;
}

interface Telemetry {
  sensor: Text<1, 40>;
  sequence: Count;
  measuredAt: Positive;
  position: { latitude: Within<-90, 90>; longitude: Within<-180, 180>; altitude: number };
  temperature: Within<-100, 200>;
  humidity: Within<0, 1>;
  pressure: number & tags.ExclusiveMinimum<0>;
  batteryPercent: Int & tags.Minimum<0> & tags.Maximum<100>;
  status: 'ok' | 'degraded' | 'failing';
}

interface Item {
  sku: Text<1, 40>;
  title: AtMost<200>;
  quantity: Positive;
  unitPriceCents: Count;
  discountPercent?: Within<0, 100>;
}

interface Order {
  id: string & tags.Format<'uuid'>;
  customer: Text<1, 40>;
  currency: Currency;
  items: Item[] & tags.MinItems<1> & tags.MaxItems<100>;
  shipTo: {
    name: string & tags.MinLength<1>;
    street: string;
    city: string;
    postalCode: AtMost<12>;
    country: Text<2, 2>;
  };
  express: boolean;
  note?: string;
}

interface Common {
  at: string & tags.Format<'date-time'>;
  session: AtMost<40>;
}
interface View extends Common {
  type: 'view';
  path: string;
  referrer: string | null;
}
interface Click extends Common {
  type: 'click';
  target: string;
  x: Int;
  y: Int;
}
interface Search extends Common {
  type: 'search';
  query: AtMost<200>;
  results: Count;
}
interface Purchase extends Common {
  type: 'purchase';
  order: string;
  totalCents: Positive;
}
interface Failure extends Common {
  type: 'error';
  message: string;
  fatal: boolean;
}
interface Events {
  source: string;
  events: (View | Click | Search | Purchase | Failure)[] & tags.MaxItems<500>;
}

interface Row {
  id: Positive;
  customer: Text<1, 80>;
  status: 'new' | 'paid' | 'packed' | 'shipped' | 'returned';
  items: Positive;
  totalCents: Count;
  currency: Currency;
  express: boolean;
  tracking: string | null;
}
interface Page {
  rows: Row[] & tags.MaxItems<1_000>;
  nextCursor: string | null;
  total: Count;
}

interface Entry {
  name: Text<1, 255>;
  bytes: Count;
  children?: Entry[];
}

interface Article {
  title: Text<1, 300>;
  author: string & tags.MinLength<1>;
  paragraphs: AtMost<20_000>[] & tags.MinItems<1>;
}

interface Blob {
  name: Text<1, 255>;
  contentType: AtMost<80>;
  part: Count;
  bytes: string;
}

export const validators = {
  login: typia.createIs<Login>(),
  telemetry: typia.createIs<Telemetry>(),
  order: typia.createIs<Order>(),
  events: typia.createIs<Events>(),
  page: typia.createIs<Page>(),
  tree: typia.createIs<Entry>(),
  text: typia.createIs<Article>(),
  blob: typia.createIs<Blob>(),
};
