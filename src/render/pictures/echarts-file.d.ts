/** ECharts in one file: its modules take three times as long to load. */
declare module 'echarts/dist/echarts.esm.min' {
  export * from 'echarts';
}
