package customvision

import (
	"slices"
	"strings"
)

const (
	classification  = "Classification"
	objectDetection = "ObjectDetection"
	// generalDomain is the default domain of a project (recorded).
	generalDomain = "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"
)

type domain struct {
	ID                  string            `json:"id"`
	Name                string            `json:"name"`
	Type                string            `json:"type"`
	Exportable          bool              `json:"exportable"`
	Enabled             bool              `json:"enabled"`
	ExportablePlatforms []string          `json:"exportablePlatforms"`
	ModelInformation    *modelInformation `json:"modelInformation"`
}

type modelInformation struct {
	EstimatedModelSizeInMegabytes int    `json:"estimatedModelSizeInMegabytes"`
	Description                   string `json:"description"`
}

// domains returns the documents recorded on 2020-11-06 (DomainsApiTests.json of Azure/azure-sdk-for-net,
// SessionRecords, commit 1cceaacd8a63) and the domains that exist since (learn.microsoft.com, "Select a domain for a
// Custom Vision project"), in the order in which the service lists them today. Of General (compact) [S1] for
// classification, only the id and the size are public.
func domains() []domain {
	compact := []string{"VAIDK", "CoreML", "DockerFile", "ONNX", "OpenVino", "TensorFlow"}
	return []domain{
		cloudDomain("2e37d7fb-3a54-486a-b4d6-cfc369af0018", "General [A2]", classification),
		cloudDomain("a8e3c40f-fb4a-466f-832a-5e457ae4a344", "General [A1]", classification),
		cloudDomain(generalDomain, "General", classification),
		cloudDomain("c151d5b5-dd07-472a-acc8-15d29dea8518", "Food", classification),
		cloudDomain("ca455789-012d-4b50-9fec-5bb63841c793", "Landmarks", classification),
		cloudDomain("b30a91ae-e3c1-4f73-a81e-c270bff27c39", "Retail", classification),
		cloudDomain("45badf75-3591-4f26-a705-45678d3e9f5f", "Adult", classification),
		exportableDomain("a1db07ca-a19a-4830-bae8-e004a42dc863", "General (compact) [S1]", classification, compact,
			43, "A model for general classification problem."),
		exportableDomain("0732100f-1a38-4e49-a514-c9b44c697ab5", "General (compact)", classification, compact,
			5, "A ShuffleNet-like model for general classification problem."),
		exportableDomain("8882951b-82cd-4c32-970b-d5f8cb8bf6d7", "Food (compact)", classification, compact,
			5, "A ShuffleNet-like model for food classification problem."),
		exportableDomain("b5cfd229-2ac7-4b2b-8d0a-2b0661344894", "Landmarks (compact)", classification, compact,
			5, "A ShuffleNet-like model for landmarks classification problem."),
		exportableDomain("6b4faeda-8396-481b-9f8b-177b9fa3097f", "Retail (compact)", classification, compact,
			5, "A ShuffleNet-like based model for food classification problem."),
		cloudDomain("9c616dff-2e7d-ea11-af59-1866da359ce6", "General [A1]", objectDetection),
		cloudDomain("da2e3a8a-40a5-4171-82f4-58522f70fbc1", "General", objectDetection),
		cloudDomain("1d8ffafe-ec40-4fb2-8f90-72b3b6cecea4", "Logo", objectDetection),
		cloudDomain("3780a898-81c3-4516-81ae-3a139614e1f3", "Products on Shelves", objectDetection),
		exportableDomain("7ec2ac80-887b-48a6-8df9-8b1357765430", "General (compact) [S1]", objectDetection,
			append(slices.Clone(compact), "IVS"), 13, "A SSD-like model for general detection problem."),
		exportableDomain("a27d5ca5-bb19-49d8-a70a-fec086c47f5b", "General (compact)", objectDetection,
			[]string{"CoreML", "DockerFile", "ONNX", "TensorFlow"}, 42, "A YOLO-like model for general detection problem."),
	}
}

func cloudDomain(id, name, kind string) domain {
	return domain{ID: id, Name: name, Type: kind, Enabled: true, ExportablePlatforms: []string{}}
}

func exportableDomain(id, name, kind string, platforms []string, megabytes int, description string) domain {
	return domain{id, name, kind, true, true, platforms, &modelInformation{megabytes, description}}
}

// platforms returns the platforms to which an API version can export the domain's models. OpenVino is missing in
// the description of v3.3, and IVS in all descriptions.
func (d domain) platforms(preview bool) []string {
	return slices.DeleteFunc(slices.Clone(d.ExportablePlatforms), func(platform string) bool {
		return platform == "OpenVino" && !preview || !slices.Contains(exportPlatforms(), platform)
	})
}

func findDomain(id string) (domain, bool) {
	for _, d := range domains() {
		if strings.EqualFold(d.ID, id) {
			return d, true
		}
	}
	return domain{}, false
}

// mustDomain returns a domain by an id that is known to be valid.
func mustDomain(id string) domain {
	d, ok := findDomain(id)
	if !ok {
		panic("customvision: no domain " + id)
	}
	return d
}

// exportPlatforms returns the platforms of the API description of v3.4-preview.
func exportPlatforms() []string {
	return []string{"CoreML", "TensorFlow", "DockerFile", "ONNX", "VAIDK", "OpenVino"}
}

// platformFlavors returns the valid flavors of a platform (API description).
func platformFlavors(platform string) []string {
	switch platform {
	case "DockerFile":
		return []string{"Linux", "Windows", "ARM"}
	case "TensorFlow":
		return []string{"TensorFlowNormal", "TensorFlowLite"}
	case "ONNX":
		return []string{"ONNX10", "ONNX12"}
	}
	return nil
}
