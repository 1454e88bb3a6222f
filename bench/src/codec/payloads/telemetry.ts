import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

const Telemetry = z.object({
  sensor: z.string().min(1).max(40),
  sequence: z.int().nonnegative(),
  /** Milliseconds since 1970. */
  measuredAt: z.int().positive(),
  position: z.object({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    altitude: z.number(),
  }),
  temperature: z.number().min(-100).max(200),
  humidity: z.number().min(0).max(1),
  pressure: z.number().positive(),
  batteryPercent: z.int().min(0).max(100),
  status: z.enum(['ok', 'degraded', 'failing']),
});

export const payload = definePayload({
  summary: 'one point of telemetry, mostly floating-point numbers',
  schema: Telemetry,
  variant(index) {
    const samples = new Samples(index);
    return {
      sensor: `sensor-${samples.hex(6)}`,
      sequence: samples.integer(0, 1_000_000),
      measuredAt: 1_790_000_000_000 + samples.integer(0, 1_000_000_000),
      position: {
        latitude: samples.measured(-90, 90),
        longitude: samples.measured(-180, 180),
        altitude: samples.measured(0, 3_000),
      },
      temperature: samples.measured(-20, 40),
      humidity: samples.measured(0, 1),
      pressure: samples.measured(950, 1_050),
      batteryPercent: samples.integer(0, 100),
      status: samples.oneOf(['ok', 'ok', 'ok', 'degraded', 'failing']),
    };
  },
  invalid: (point) => ({ ...point, humidity: 1.5 }),
});
