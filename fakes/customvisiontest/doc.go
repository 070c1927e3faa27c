// Package customvisiontest gives a test a fake Custom Vision service with a real Azurite, a queue and a container, and
// the steps of the guide as functions:
//
//	w := customvisiontest.Start(t, customvision.Options{})
//	project := w.Project(t, "fruit")
//	w.FailNextTraining()
//	w.Train(t, project)
//	message := w.WaitForMessage(t, "TrainingFailed")
//
// Give the code under test [World.URL] and [World.Key], or [World.ConnectionString] and [World.Queue]. The functions of
// World fail the test if a step fails. Stop extending the package where a step is not one of the guide: a test can call
// the API at [World.URL], or the control plane at [World.ControlURL].
package customvisiontest
