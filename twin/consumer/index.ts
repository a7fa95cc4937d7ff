export { type ExampleConsumer, startExampleConsumer } from './example-consumer.ts';
