using Xunit.v3;

// Some tests wait for what takes its time: more at once than there are processors.
[assembly: Parallelization(MaxThreads = 4)]
